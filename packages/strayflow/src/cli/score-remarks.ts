import { formatCount, formatOneIn } from "../base/units.ts";
import type { BudgetReport } from "../pipeline/daily-incidents.ts";
import type { SensorFinding } from "../detect/sensor.ts";
import { escapeText } from "../output/escape.ts";
import { countOf } from "../output/figures.ts";
import { textTable } from "../output/text-table.ts";

const mostFindings = 5;
const mostDays = 14;

/** What was wrong with the sensor, and how many connections are not flagged because of it. */
export function sensorLines(findings: readonly SensorFinding[]): string[] {
  const lines = findings.slice(0, mostFindings).map(({ sentence, folded }) => {
    const said = `${escapeText(sentence.charAt(0).toUpperCase() + sentence.slice(1))}.`;
    return folded === 0
      ? said
      : `${said} ${countOf(folded, "connection")} that this explains ${folded === 1 ? "is" : "are"} not flagged.`;
  });
  const more = findings.length - mostFindings;
  return more > 0
    ? [...lines, `${countOf(more, "more time")} of trouble with the sensor; --json lists all.`]
    : lines;
}

/** Asked against realised, day by day. */
export function budgetLines(budget: BudgetReport | undefined): string[] {
  if (budget === undefined) return [];
  const { asked_per_day, p_value, doubt, realised } = budget;
  const lines = [
    `Asked for: at most ${formatCount(asked_per_day)} incidents on an ordinary day, flagged at ${formatOneIn(p_value)}.`,
  ];
  if (doubt !== undefined) lines.push(`That is a guess: ${doubt}.`);
  if (realised.length === 0) return lines;
  if (realised.length > mostDays) {
    const counts = realised.map(({ incidents }) => incidents).toSorted((a, b) => a - b);
    const middle = counts[counts.length >> 1]!;
    return [
      ...lines,
      `On ${formatCount(realised.length)} days: ${formatCount(counts[0]!)} to ${formatCount(counts.at(-1)!)} incidents, on half of them at most ${formatCount(middle)}.`,
    ];
  }
  return [
    ...lines,
    ...textTable(
      [{ head: "day (UTC)" }, { head: "incidents", align: "right" }, { head: "asked", align: "right" }],
      realised.map(({ day, incidents }) => [day, formatCount(incidents), formatCount(asked_per_day)]),
    ),
  ];
}
