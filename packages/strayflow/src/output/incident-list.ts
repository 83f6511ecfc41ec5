import { formatCount } from "../base/units.ts";
import { wrapText } from "./display-width.ts";
import { escapeText } from "./escape.ts";
import { shortId, statusText, type ShownIncident } from "./stored.ts";
import type { TextStyle } from "./text-style.ts";
import { textTable } from "./text-table.ts";
import type { Times } from "./times.ts";

export interface ListStyle {
  /** Width of a line. */
  readonly columns: number;
  readonly style: TextStyle;
  readonly times: Times;
}

const severityWidth = 8;
const indent = " ".repeat(severityWidth + 2);

/** Incidents for reading, in the order in which they come: severity and headline, below it what else a list needs, aligned. */
export function incidentLines(
  incidents: readonly ShownIncident[],
  { columns, style, times }: ListStyle,
): string[] {
  const [heads = "", ...facts] = factTable(incidents, times);
  const width = Math.max(30, columns - indent.length);
  return [
    style.dim(`${"severity".padEnd(severityWidth)}  incident (times are ${escapeText(times.zone)})`),
    style.dim(indent + heads),
    ...incidents.flatMap(({ incident }, index) => {
      const isGrave = incident.severity === "high" || incident.severity === "critical";
      const [first = "", ...rest] = wrapText(escapeText(incident.headline), width).map((line) =>
        isGrave ? style.bold(line) : line,
      );
      return [
        `${incident.severity.padEnd(severityWidth)}  ${first}`,
        ...rest.map((line) => indent + line),
        style.dim(indent + facts[index]!),
      ];
    }),
  ];
}

function factTable(incidents: readonly ShownIncident[], times: Times): string[] {
  const columns = [
    { head: "id" },
    { head: "last seen" },
    { head: "age", align: "right" },
    { head: "alerts", align: "right" },
    { head: "status" },
    { head: "sensor", width: sensorWidth(incidents) },
  ] as const;
  return textTable(
    columns,
    incidents.map((shown) => [
      shortId(shown.incident.id),
      times.time(shown.incident.lastSeen),
      times.age(shown.incident.lastSeen),
      formatCount(shown.incident.alerts),
      statusText(shown) + (shown.isOver || statusText(shown) === "replaced" ? "" : ", going on"),
      escapeText(shown.sensor),
    ]),
  );
}

/** Names of sensors come from a command line, but nothing keeps them short. */
function sensorWidth(incidents: readonly ShownIncident[]): number {
  return Math.min(16, Math.max(6, ...incidents.map(({ sensor }) => escapeText(sensor).length)));
}
