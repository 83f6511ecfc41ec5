import { isIP } from "node:net";
import type { Alert } from "../../detect/alert.ts";
import type { Incident } from "../../detect/incidents/incident.ts";
import type { Message } from "../message.ts";
import { saidOf } from "../../detect/incidents/headline.ts";
import type { RecordForm } from "./record-form.ts";

/** What stands in one row; what is absent is unset. */
interface Row {
  readonly category?: string;
  readonly text: string;
  readonly host?: string;
  readonly role?: string;
  readonly firstSeen?: number;
  readonly lastSeen?: number;
  readonly alerts?: number;
  readonly pValue?: number;
  readonly sourceCount?: number;
  readonly targetCount?: number;
  readonly portCount?: number;
  readonly sources?: readonly string[];
  readonly targets?: readonly string[];
  readonly ports?: readonly string[];
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
  readonly uids?: readonly string[];
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly value: (message: Message, row: Row) => string;
}

const UNSET = "-";
const EMPTY = "(empty)";

const columns: readonly Column[] = [
  { name: "ts", type: "time", value: ({ time }) => timeText(time) },
  { name: "id", type: "string", value: ({ id }) => textField(id) },
  { name: "sensor", type: "string", value: ({ sensor }) => textField(sensor) },
  { name: "kind", type: "string", value: ({ kind }) => kind },
  { name: "severity", type: "string", value: ({ severity }) => severity },
  { name: "category", type: "string", value: (_, { category }) => optionalText(category) },
  { name: "msg", type: "string", value: (_, { text }) => textField(text) },
  { name: "host", type: "addr", value: (_, { host }) => (host !== undefined && isIP(host) ? host : UNSET) },
  { name: "role", type: "string", value: (_, { role }) => optionalText(role) },
  { name: "first_seen", type: "time", value: (_, { firstSeen }) => timeText(firstSeen) },
  { name: "last_seen", type: "time", value: (_, { lastSeen }) => timeText(lastSeen) },
  { name: "alerts", type: "count", value: (_, { alerts }) => countField(alerts) },
  { name: "p_value", type: "double", value: (_, { pValue }) => doubleField(pValue) },
  { name: "source_count", type: "count", value: (_, { sourceCount }) => countField(sourceCount) },
  { name: "target_count", type: "count", value: (_, { targetCount }) => countField(targetCount) },
  { name: "port_count", type: "count", value: (_, { portCount }) => countField(portCount) },
  { name: "sources", type: "set[addr]", value: (_, { sources }) => setField(sources?.filter(isAddress)) },
  { name: "targets", type: "set[addr]", value: (_, { targets }) => setField(targets?.filter(isAddress)) },
  { name: "ports", type: "set[string]", value: (_, { ports }) => setField(ports) },
  { name: "sent_bytes", type: "count", value: (_, { sentBytes }) => countField(sentBytes) },
  { name: "received_bytes", type: "count", value: (_, { receivedBytes }) => countField(receivedBytes) },
  { name: "uids", type: "vector[string]", value: (_, { uids }) => setField(uids) },
];

const fieldsLine = `#fields\t${columns.map(({ name }) => name).join("\t")}`;
const typesLine = `#types\t${columns.map(({ type }) => type).join("\t")}`;
const idColumn = columns.findIndex(({ name }) => name === "id");

/** A log as Zeek's ASCII writer makes them, `#path strayflow`; the escapes are Zeek's. */
export const zeekForm: RecordForm = {
  line(message) {
    const row = rowOf(message);
    return columns.map(({ value }) => value(message, row)).join("\t");
  },
  idOf: (line) => (line.startsWith("#") ? undefined : line.split("\t", idColumn + 1)[idColumn]),
  header: (now) =>
    [
      "#separator \\x09",
      "#set_separator\t,",
      `#empty_field\t${EMPTY}`,
      `#unset_field\t${UNSET}`,
      "#path\tstrayflow",
      `#open\t${stampText(now)}`,
      fieldsLine,
      typesLine,
      "",
    ].join("\n"),
  footer: (now) => `#close\t${stampText(now)}\n`,
  mayFollow: (head, lastLine) =>
    head.includes(`\n${fieldsLine}\n${typesLine}\n`) && !lastLine.startsWith("#close"),
  isOurs: () => true,
};

function rowOf(message: Message): Row {
  switch (message.kind) {
    case "incident-opened":
    case "incident-grew":
    case "incident-closed":
      return incidentRow(message.incident);
    case "alert":
      return alertRow(message.alert);
    case "status":
      return { category: message.status.code, text: message.status.text };
    case "drift":
      return { category: message.drift.measure, text: message.drift.text };
  }
}

function incidentRow(incident: Incident): Row {
  const { sources, targets, ports } = incident;
  return {
    category: incident.kind,
    text: incident.headline,
    host: incident.host,
    role: incident.role,
    firstSeen: incident.firstSeen,
    lastSeen: incident.lastSeen,
    alerts: incident.alerts,
    pValue: incident.pValue,
    sourceCount: sources.count,
    targetCount: targets.count,
    portCount: ports.count,
    sources: sources.some,
    targets: targets.some,
    ports: ports.some,
    sentBytes: incident.sentBytes,
    receivedBytes: incident.receivedBytes,
    uids: incident.evidence.map(({ uid }) => uid),
  };
}

function alertRow(alert: Alert): Row {
  const category = alert.detections[0]?.detector ?? alert.reasons[0]?.feature;
  return {
    ...(category === undefined ? {} : { category }),
    text: saidOf(alert),
    host: alert.originator,
    role: "originator",
    firstSeen: alert.ts,
    lastSeen: alert.end,
    alerts: 1,
    pValue: alert.pValue,
    sources: [alert.originator],
    targets: [alert.responder],
    ports: [alert.proto === "tcp" ? String(alert.responderPort) : `${alert.responderPort}/${alert.proto}`],
    sentBytes: alert.sentBytes,
    receivedBytes: alert.receivedBytes,
    uids: [alert.uid],
  };
}

/** Six digits after the point, as Zeek writes times. */
function timeText(seconds: number | undefined): string {
  return seconds === undefined || !Number.isFinite(seconds) || Math.abs(seconds) > 1e12
    ? UNSET
    : seconds.toFixed(6);
}

function countField(count: number | undefined): string {
  return count === undefined || !(count >= 0 && count <= 2 ** 63) ? UNSET : String(BigInt(Math.round(count)));
}

function doubleField(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? UNSET : String(value);
}

function optionalText(text: string | undefined): string {
  return text === undefined ? UNSET : textField(text);
}

function textField(text: string): string {
  if (text === "") return EMPTY;
  return guarded(escapeZeek(text, controls));
}

/** Commas inside an element are escaped, so that they part nothing. */
function setField(elements: readonly string[] | undefined): string {
  if (elements === undefined) return UNSET;
  if (elements.length === 0) return EMPTY;
  return guarded(elements.map((element) => escapeElement(element)).join(","));
}

function escapeElement(text: string): string {
  return text === "" ? EMPTY : guarded(escapeZeek(text, controlsAndComma));
}

/** A text that looks like the sign for unset or empty, or begins like a directive, has its first character escaped. */
function guarded(text: string): string {
  if (text !== UNSET && text !== EMPTY && !text.startsWith("#")) return text;
  return `\\x${text.charCodeAt(0).toString(16)}${text.slice(1)}`;
}

const controls = /[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
const controlsAndComma = /[,\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** `\xNN` for each byte of what may not stand as it is, and a backslash doubled (Zeek's get_escaped_string). */
function escapeZeek(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, (character) =>
    character === "\\"
      ? "\\\\"
      : [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** "2024-04-20-12-00-05", in UTC. */
function stampText(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replace(/[T:]/g, "-");
}
