import { formatCount, formatOneIn } from "../base/units.ts";
import type { ReportPart, ReportSection } from "../report/document.ts";
import { escapeText } from "./escape.ts";
import { countOf } from "./figures.ts";
import type { ScoreFacts } from "./score-report.ts";

const MOST_DAYS = 500;

/** The rate that was asked for and what came of it, day by day. */
export function rateSection({ summary, traffic }: ScoreFacts): ReportSection {
  const { p_value, budget, rows, flagged } = summary;
  const days = traffic.days();
  const share = rows > 0 ? flagged / rows : 0;
  const parts: ReportPart[] = [
    {
      kind: "text",
      text: `Asked for: ${formatOneIn(p_value)}. Flagged: ${formatCount(flagged)} of ${countOf(rows, "connection")}${flagged > 0 ? `, ${formatOneIn(share)}` : ""}. On ordinary traffic the two are close; attacks come on top.`,
    },
  ];
  if (budget !== undefined) {
    parts.push(
      {
        kind: "text",
        text: `The budget is ${countOf(budget.asked_per_day, "incident")} on an ordinary day; the p-value that stands for it gave ${formatCount(budget.expected_per_day)} a day where the model was calibrated.${budget.doubt === undefined ? "" : ` That is a guess: ${escapeText(budget.doubt)}.`}`,
      },
      {
        kind: "table",
        table: {
          id: "budget",
          title: "Incidents asked for and found",
          columns: [
            { name: "day (UTC)", quantity: "text" },
            { name: "asked at most", quantity: "count" },
            { name: "incidents", quantity: "count" },
          ],
          rows: budget.realised
            .slice(0, MOST_DAYS)
            .map(({ day, incidents }) => [day, budget.asked_per_day, incidents]),
          ...(budget.realised.length > MOST_DAYS ? { of: budget.realised.length } : {}),
        },
      },
    );
  }
  parts.push({
    kind: "table",
    table: {
      id: "days",
      title: "Connections flagged, day by day",
      columns: [
        { name: "day", quantity: "text" },
        { name: "connections", quantity: "count" },
        { name: "ordinary traffic would give", quantity: "number" },
        { name: "flagged", quantity: "count" },
        { name: "share", quantity: "share" },
      ],
      rows: days
        .slice(0, MOST_DAYS)
        .map((day) => [
          day.day,
          day.rows,
          Number((day.rows * p_value).toPrecision(2)),
          day.flagged,
          day.flagged / day.rows,
        ]),
      ...(days.length > MOST_DAYS ? { of: days.length } : {}),
    },
  });
  if (traffic.uncounted > 0)
    parts.push({
      kind: "text",
      text: `${countOf(traffic.uncounted, "connection")} of still other days ${traffic.uncounted === 1 ? "is" : "are"} not in the table: the times of these logs are spread too far.`,
    });
  return { id: "rate", title: "Is the rate kept?", parts };
}
