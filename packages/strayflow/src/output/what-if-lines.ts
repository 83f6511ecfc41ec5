import { formatCount } from "../base/units.ts";
import { severities, type Severity } from "../detect/incidents/index.ts";
import { truncateText } from "./display-width.ts";
import { escapeText } from "./escape.ts";
import { countOf } from "./figures.ts";
import type { ListStyle } from "./incident-list.ts";
import { shortId } from "./stored.ts";
import { textTable } from "./text-table.ts";

/** Which incidents would remain with other settings. */
export interface ShownWhatIf {
  readonly days: readonly {
    readonly day: string;
    readonly incidents: number;
    readonly remaining: number;
    readonly estimate?: number | undefined;
  }[];
  readonly incidents: number;
  readonly remaining: readonly {
    readonly id: string;
    readonly headline: string;
    readonly severity: Severity;
    readonly firstSeen: number;
    readonly alerts: number;
  }[];
}

const mostDays = 62;
const mostIncidents = 20;

/** The answer for reading: the sum first, then day by day, then the worst that would remain. @param asked escaped */
export function whatIfLines(
  { days, incidents, remaining }: ShownWhatIf,
  asked: string,
  list: ListStyle,
): string[] {
  const { columns, style, times } = list;
  const lines = [
    style.bold(
      `With ${asked}, ${formatCount(remaining.length)} of ${countOf(incidents, "incident")} would remain.`,
    ),
  ];
  if (days.length === 0) return lines;
  const isEstimated = days.some(({ estimate }) => estimate !== undefined);
  const heads = [
    { head: "day (UTC)" },
    { head: "incidents", align: "right" },
    { head: "would remain", align: "right" },
    ...(isEstimated ? [{ head: "with new ones, about", align: "right" } as const] : []),
  ] as const;
  const shown = days.slice(-mostDays);
  const rows = shown.map(({ day, incidents: now, remaining: then, estimate }) => [
    day,
    formatCount(now),
    formatCount(then),
    ...(isEstimated ? [estimate === undefined ? "–" : formatCount(estimate)] : []),
  ]);
  lines.push("", ...textTable(heads, rows));
  if (shown.length < days.length) lines.push(`and ${countOf(days.length - shown.length, "day")} before`);
  if (remaining.length === 0) return lines;
  const worst = remaining.toSorted(
    (a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity) || b.alerts - a.alerts,
  );
  const table = textTable(
    [
      { head: "id" },
      { head: "severity" },
      { head: "began" },
      { head: "alerts", align: "right" },
      { head: `would remain, worst first (times are ${escapeText(times.zone)})` },
    ],
    worst
      .slice(0, mostIncidents)
      .map(({ id, severity, firstSeen, alerts, headline }) => [
        shortId(id),
        severity,
        times.time(firstSeen),
        formatCount(alerts),
        escapeText(headline),
      ]),
  );
  lines.push("", ...table.map((line) => truncateText(line, columns)));
  if (worst.length > mostIncidents) lines.push(`and ${formatCount(worst.length - mostIncidents)} more`);
  return lines;
}
