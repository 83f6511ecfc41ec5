import { formatBytes, formatCount, formatDuration } from "../base/units.ts";
import type { ExploreResult } from "../explore/result.ts";
import { openZone, period } from "../explore/zone.ts";
import { wrapText } from "../output/display-width.ts";
import { escapeText } from "../output/escape.ts";
import { countOf } from "../output/figures.ts";
import { textStyle } from "../output/text-style.ts";

/** So many findings on the terminal; the report has all. */
const MOST = 12;
const severities = ["note", "low", "medium", "high", "critical"] as const;
const indent = "          ";

/** What a person reads at the end of a run: how much there is, then what stands out, worst first. */
export function exploreLines(
  { shape, findings, zone, scored }: ExploreResult,
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
): string[] {
  const style = textStyle(colour);
  const bytes = shape.sentBytes + shape.receivedBytes;
  const length = shape.to - shape.from;
  const extent = [
    `${countOf(shape.connections, "connection")} between ${countOf(shape.hosts, "host")}`,
    ...(bytes > 0 ? [formatBytes(bytes)] : []),
    `${period(openZone(zone), shape.from, shape.to)}${length > 0 ? ` (${formatDuration(length)})` : ""}`,
  ];
  const lines = wrapText(`${extent.join(", ")}. Times are those of ${zone}.`, columns);
  if (scored !== undefined) {
    lines.push(
      ...wrapText(
        `The model flags ${formatCount(scored.flagged)} of them, in ${countOf(scored.incidents, "incident")}.`,
        columns,
      ),
    );
  }
  lines.push("");
  if (findings.length === 0) return [...lines, "Nothing stands out."];
  lines.push(style.bold("What stands out"));
  for (const { severity, sentence } of findings.slice(0, MOST)) {
    const [first = "", ...rest] = wrapText(`${escapeText(sentence)}.`, columns - indent.length);
    lines.push(
      `  ${severities[severity].padEnd(indent.length - 2)}${first}`,
      ...rest.map((line) => indent + line),
    );
  }
  const more = findings.length - MOST;
  if (more > 0) lines.push(`${indent}${countOf(more, "more finding")} in the report.`);
  return lines;
}
