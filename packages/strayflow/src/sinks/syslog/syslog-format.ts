import { program } from "../../base/program.ts";
import type { Severity } from "../../detect/incidents/incident.ts";
import type { Message } from "../message.ts";
import { payloadText, type PayloadFormat } from "../payload/payload.ts";
import { titleOf } from "../summary.ts";
import { oneLine, shortenBytes } from "../text.ts";

/** In the order of their numbers (RFC 5424, table 1), without those that belong to the system. */
export const facilities = [
  "user",
  "daemon",
  "auth",
  "authpriv",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
] as const;

export type Facility = (typeof facilities)[number];

const facilityNumbers: Readonly<Record<Facility, number>> = {
  user: 1,
  daemon: 3,
  auth: 4,
  authpriv: 10,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
};

/** Critical, error, warning, notice (RFC 5424, table 2). */
const severityNumbers: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5 };

export interface SyslogFormat {
  readonly facility: Facility;
  readonly hostname: string;
  readonly processId: number;
  readonly enterpriseNumber: number;
  readonly content: "text" | PayloadFormat;
  /** Of the whole message, in bytes. */
  readonly maxBytes: number;
}

/**
 * A message of RFC 5424: header, structured data, text in UTF-8. One line, without controls. What is too long loses
 * its end; JSON, which would be no JSON then, gives way to text.
 */
export function syslogMessage(message: Message, format: SyslogFormat): Buffer {
  const priority = facilityNumbers[format.facility] * 8 + severityNumbers[message.severity];
  const header = [
    `<${priority}>1`,
    timestamp(message.time),
    headerName(format.hostname, 255),
    program.name,
    String(format.processId),
    message.kind,
  ].join(" ");
  const head = Buffer.from(`${header} ${structuredData(message, format)}`);
  const room = Math.max(0, format.maxBytes - head.length - 1 - byteOrderMark.length);
  return Buffer.concat([
    head,
    Buffer.from(" "),
    byteOrderMark,
    Buffer.from(contentOf(message, format, room)),
  ]);
}

/** RFC 5424 asks for it before text in UTF-8. */
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

function contentOf(message: Message, { content }: SyslogFormat, room: number): string {
  if (content !== "text") {
    const json = payloadText(message, content);
    if (Buffer.byteLength(json) <= room) return json;
  }
  return shortenBytes(titleOf(message, 4000), room);
}

/** Short enough that the structured data never takes all of the 480 bytes that every receiver accepts. */
const longestValue = 64;

function structuredData(message: Message, { enterpriseNumber }: SyslogFormat): string {
  const values: [name: string, value: string][] = [
    ["id", message.id],
    ["sensor", message.sensor],
    ["severity", message.severity],
  ];
  if ("incident" in message) values.push(["host", message.incident.host], ["what", message.incident.kind]);
  const parameters = values.map(([name, value]) => ` ${name}="${parameterValue(value)}"`).join("");
  return `[strayflow@${enterpriseNumber}${parameters}]`;
}

/** Quotes, backslashes and closing brackets are escaped (RFC 5424, 6.3.3); controls never get here as they are. */
function parameterValue(value: string): string {
  return oneLine(value, longestValue).replace(/["\\\]]/g, "\\$&");
}

/** Printable ASCII without spaces, or the sign for nothing. */
function headerName(name: string, most: number): string {
  return name.replace(/[^\x21-\x7e]/g, "").slice(0, most) || "-";
}

function timestamp(seconds: number): string {
  const date = new Date(seconds * 1000);
  const isShown =
    !Number.isNaN(date.getTime()) && date.getUTCFullYear() >= 0 && date.getUTCFullYear() <= 9999;
  return isShown ? date.toISOString() : "-";
}

/** With its length before it: how messages are told apart in a stream (RFC 6587 3.4.1, RFC 5425 4.3). */
export function octetCounted(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}
