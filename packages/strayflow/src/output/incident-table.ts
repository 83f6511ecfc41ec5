import { formatBytes, formatOneIn } from "../base/units.ts";
import { countText, type DistinctList, type Incident } from "../detect/incidents/index.ts";
import type { NormalConnection } from "../detect/reason-neighbours.ts";
import { truncateText, wrapText } from "./display-width.ts";
import { escapeText } from "./escape.ts";
import { countOf, utcTime } from "./figures.ts";
import { lineBuffer } from "./line-buffer.ts";
import type { OutputFile } from "./output-file.ts";
import type { TableStyle } from "./score-table.ts";
import { textStyle, type TextStyle } from "./text-style.ts";
import { textTable } from "./text-table.ts";

/** What else there is to say of an incident's strongest connection. */
export interface IncidentNotes {
  /** "below 30 MB this would be normal". */
  readonly counterfactual?: string | undefined;
  /** Normal connections that resemble it most. */
  readonly similar?: readonly NormalConnection[];
}

/** Writes incidents in the order in which they come. */
export interface IncidentTableWriter {
  /** Await the result where it is a promise. */
  add(incident: Incident, notes?: IncidentNotes): Promise<void> | undefined;
  /** Writes `closing`, the last lines; the output is then whole but not committed. */
  finish(closing?: readonly string[]): Promise<void>;
}

const rankWidth = 3;
const severityWidth = 8;
const indentWidth = rankWidth + severityWidth + 4;
const indent = " ".repeat(indentWidth);

/**
 * For reading: number, severity and headline of each incident, under it when, how much and how rare, the reasons, and
 * its first, strongest and last connection. Incidents are numbered as they come, so give the worst first. Everything from a log is escaped.
 */
export function incidentTableWriter(
  output: OutputFile,
  { columns, colour }: TableStyle,
): IncidentTableWriter {
  const style = textStyle(colour);
  const lines = lineBuffer(output);
  const width = Math.max(30, columns - indentWidth);
  let rank = 0;
  return {
    add(incident, notes = {}) {
      if (rank++ === 0) void lines.add(style.dim(tableRow("#", "severity", "incident (times are UTC)")));
      const [first = "", ...rest] = wrapText(escapeText(incident.headline), width);
      const main = tableRow(String(rank), incident.severity, emphasis(style, incident, first));
      const text = [
        ...rest.map((line) => emphasis(style, incident, line)),
        ...factLines(incident, width),
        ...reasonsOf(incident, notes).flatMap((reason) => indented(escapeText(reason), width)),
        ...storyOf(incident, width).map((line) => style.dim(line)),
        ...similarOf(notes.similar ?? [], width).map((line) => style.dim(line)),
      ];
      return lines.add([main, ...text.map((line) => indent + line)].join("\n"));
    },
    async finish(closing = []) {
      if (rank > 0 && closing.length > 0) void lines.add("");
      for (const line of closing) await lines.add(line);
      await lines.flush();
    },
  };
}

/** Emphasis is for the upper two steps; the word beside it says the same without colour. */
function emphasis(style: TextStyle, { severity }: Incident, text: string): string {
  return severity === "high" || severity === "critical" ? style.bold(text) : text;
}

function tableRow(rank: string, severity: string, text: string): string {
  return `${rank.padStart(rankWidth)}  ${severity.padEnd(severityWidth)}  ${text}`;
}

/** Lines after the first stand two columns further in. */
function indented(text: string, width: number): string[] {
  const [first = "", ...rest] = wrapText(text, width);
  if (rest.length === 0) return [first];
  return [first, ...wrapText(text.slice(first.length).trimStart(), width - 2).map((line) => `  ${line}`)];
}

/** When, how many, how much, how rare; broken between facts only. */
function factLines(incident: Incident, width: number): string[] {
  const facts = [timesText(incident.firstSeen, incident.lastSeen), ...incidentFacts(incident)];
  const unbroken = facts.map((fact) => fact.replaceAll(" ", "\u00a0")).join(", ");
  return indented(unbroken, width).map((line) => line.replaceAll("\u00a0", " "));
}

/** How many, how much, how rare. */
export function incidentFacts(incident: Incident): string[] {
  const { alerts, sources, targets, ports, sentBytes, receivedBytes, pValue } = incident;
  const facts = [countOf(alerts, "connection")];
  if (sources.count > 1) facts.push(listText(sources, "source"));
  if (targets.count > 1) facts.push(listText(targets, "target"));
  if (ports.count > 1) facts.push(listText(ports, "port"));
  if (sentBytes > 0) facts.push(`sent ${formatBytes(sentBytes)}`);
  if (receivedBytes > 0) facts.push(`received ${formatBytes(receivedBytes)}`);
  facts.push(rarityText(pValue));
  return facts;
}

function listText(list: DistinctList, noun: string): string {
  return `${countText(list)} ${noun}${list.count === 1 ? "" : "s"}`;
}

/** "2025-02-22 13:04:55 to 13:07:58": the date is told once where it is the same. */
export function timesText(from: number, to: number): string {
  const first = utcTime(from);
  const last = utcTime(to);
  if (first === last) return first;
  const isSameDay = first.slice(0, 10) === last.slice(0, 10);
  return `${first} to ${isSameDay ? last.slice(11) : last}`;
}

/** A calibration says nothing about rarities beyond this. */
const rarest = 1e-8;

/** "1 in 210,000", as far as a calibration can tell. */
export function rarityText(pValue: number): string {
  return pValue < rarest ? `rarer than ${formatOneIn(rarest)}` : formatOneIn(pValue);
}

/** What the headline does not say yet. Of the detector that it quotes, other sentences only tell an earlier count. Hostile text. */
export function reasonsOf(
  { evidence, headline, caveats, kind }: Incident,
  { counterfactual }: IncidentNotes,
): string[] {
  const [strongest] = evidence;
  const others = strongest?.detections.filter(({ detector }) => detector !== kind) ?? [];
  const said = [
    ...others.map(({ sentence }) => sentence),
    ...(strongest?.reasons ?? []).map(({ text }) => text),
  ];
  return [
    ...said.filter((text) => text !== "" && !headline.includes(text)),
    ...(counterfactual === undefined ? [] : [counterfactual]),
    ...caveats.map((caveat) => `caution: ${caveat}`),
  ];
}

/** Zeek's uids have 18 characters; one that is much longer is not worth the space. */
const longestUid = 24;

export function uidText(uid: string): string {
  return truncateText(escapeText(uid), longestUid);
}

function storyOf({ story, firstSeen, lastSeen }: Incident, width: number): string[] {
  const isOneDay = utcTime(firstSeen).slice(0, 10) === utcTime(lastSeen).slice(0, 10);
  const rows = story.map(({ moment, alert }) => [
    ...(story.length > 1 ? [moment] : []),
    isOneDay ? utcTime(alert.ts).slice(11) : utcTime(alert.ts),
    uidText(alert.uid),
    endpointsText(alert),
  ]);
  return alignedLines(rows, width);
}

function similarOf(connections: readonly NormalConnection[], width: number): string[] {
  if (connections.length === 0) return [];
  const rows = connections.map((connection) => [utcTime(connection.ts), endpointsText(connection)]);
  return ["normal connections that resemble it most:", ...alignedLines(rows, width)];
}

function alignedLines(rows: readonly (readonly string[])[], width: number): string[] {
  const columns = (rows[0] ?? []).map(() => ({ head: "" }));
  return textTable(columns, rows)
    .slice(1)
    .flatMap((line) => indented(line, width));
}

/** `10.0.0.23 -> [2001:db8::9]:8443 tcp ssl SF`, escaped. ICMP has no port. */
export function endpointsText(connection: Omit<NormalConnection, "ts">): string {
  const { originator, responder, responderPort, proto, service, state } = connection;
  const host = responder.includes(":") ? `[${responder}]` : responder;
  const target = proto.startsWith("icmp") ? responder : `${host}:${responderPort}`;
  return escapeText(
    [originator, "->", target, proto, service, state].filter((word) => word !== "").join(" "),
  );
}
