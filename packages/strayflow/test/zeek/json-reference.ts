import { expect } from "vitest";
import { formatAddress } from "../../src/zeek/address.ts";
import type { Batch, TextColumn } from "../../src/zeek/batch.ts";
import { BatchBuilder } from "../../src/zeek/builder.ts";
import { JsonLines } from "../../src/zeek/json-lines.ts";
import { OK, rejectReason, SKIPPED } from "../../src/zeek/rejects.ts";

/** One connection in plain values; unset is undefined. */
export type PlainRow = Readonly<Record<string, string | number | boolean | undefined>>;

/** What became of one line. */
export type Outcome =
  | { readonly kind: "row"; readonly row: PlainRow }
  | { readonly kind: "other-log" }
  | { readonly kind: "reject"; readonly reason: string; readonly column: string };

const numberNames = [
  "duration",
  "orig_bytes",
  "resp_bytes",
  "missed_bytes",
  "orig_pkts",
  "orig_ip_bytes",
  "resp_pkts",
  "resp_ip_bytes",
  "ip_proto",
] as const;
const textNames = ["proto", "service", "conn_state", "history", "label", "detailedlabel"] as const;

/** Row `row` of a batch in plain values. */
export function plainRow(batch: Batch, row: number): PlainRow {
  const plain: Record<string, string | number | boolean | undefined> = {
    ts: batch.ts[row]!,
    uid: spanText(batch, row),
    orig_h: formatAddress(batch.orig_h, row),
    resp_h: formatAddress(batch.resp_h, row),
    orig_p: batch.orig_p[row]!,
    resp_p: batch.resp_p[row]!,
    local_orig: [false, true, undefined][batch.local_orig[row]!],
    local_resp: [false, true, undefined][batch.local_resp[row]!],
  };
  for (const name of numberNames)
    plain[name] = Number.isNaN(batch[name][row]!) ? undefined : batch[name][row]!;
  for (const name of textNames) plain[name] = textOf(batch[name], row);
  return plain;
}

function textOf(column: TextColumn, row: number): string | undefined {
  const code = column.codes[row]!;
  return code === 0 ? undefined : column.values[code];
}

function spanText(batch: Batch, row: number): string | undefined {
  const start = batch.uid.start[row]!;
  const end = batch.uid.end[row]!;
  return start === end ? undefined : new TextDecoder().decode(batch.text.subarray(start, end));
}

/** Reads lines with the scanner under test, one outcome a line. */
export function scanLines(
  lines: readonly (string | Uint8Array)[],
  lineEnd = "\n",
  batchRows = 1000,
): Outcome[] {
  const encoder = new TextEncoder();
  const parts = lines.map((line) => (typeof line === "string" ? encoder.encode(line) : line));
  const ending = encoder.encode(lineEnd);
  const text = new Uint8Array(parts.reduce((sum, part) => sum + part.length + ending.length, 0));
  const starts: number[] = [];
  let at = 0;
  for (const part of parts) {
    starts.push(at);
    text.set(part, at);
    text.set(ending, at + part.length);
    at += part.length + ending.length;
  }
  const builder = new BatchBuilder(batchRows);
  const scanner = new JsonLines(builder, 1 << 20, new Set());
  scanner.resume();
  builder.text = text;
  const outcomes: Outcome[] = [];
  let waiting: number[] = [];
  const take = () => {
    const batch = builder.take({ file: "test", layout: { kind: "json" } }, text.length);
    waiting.forEach((outcome, row) => (outcomes[outcome] = { kind: "row", row: plainRow(batch, row) }));
    waiting = [];
    builder.text = text;
  };
  parts.forEach((_, index) => {
    const code = scanner.readLine(starts[index]!);
    expect(scanner.lineFeed + 1).toBe(starts[index + 1] ?? text.length);
    if (code === OK) waiting.push(index);
    else if (code === SKIPPED) outcomes[index] = { kind: "other-log" };
    else outcomes[index] = { kind: "reject", reason: rejectReason(code), column: builder.faultColumn };
    if (builder.rows === builder.capacity) take();
  });
  take();
  return outcomes;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What must become of one line, by way of `JSON.parse`: slow, plain, and without the scanner's kernels. */
export function expectedOutcome(line: string): Outcome {
  let object: Json;
  try {
    object = JSON.parse(line) as Json;
  } catch {
    return { kind: "reject", reason: "json-invalid", column: "" };
  }
  if (typeof object !== "object" || object === null || Array.isArray(object))
    return { kind: "reject", reason: "json-invalid", column: "" };
  const fields = new Map<string, Json>();
  collect(object as Record<string, Json>, fields, "");
  const name = ["_path", "_log_type", "@stream"]
    .map((key) => fields.get(key))
    .find((value) => typeof value === "string");
  if (name !== undefined && !["conn", "conn_long", "open_conn", "", "-"].includes(name))
    return { kind: "other-log" };

  const row: Record<string, string | number | boolean | undefined> = {};
  const faults = new Map<string, string>();
  const missing = new Map<string, string>();
  const read = (column: string, key: string, reader: (value: Json) => Read, missingReason?: string) => {
    const value = fields.get(key) ?? null;
    const text = typeof value === "string" ? value : undefined;
    if (value === null || text === "" || text === "-" || text === "(empty)") {
      row[column] = undefined;
      if (missingReason !== undefined) missing.set(key, missingReason);
      return;
    }
    const result = reader(value);
    if ("fault" in result) faults.set(key, result.fault);
    else row[column] = result.value;
    if (missingReason !== undefined && !("fault" in result) && result.value === undefined)
      missing.set(key, missingReason);
  };
  read("ts", "ts", readTime, "time-missing");
  read("uid", "uid", readText);
  read("orig_h", "id.orig_h", readAddress, "address-missing");
  read("orig_p", "id.orig_p", readOriginatorPort, "port-missing");
  read("resp_h", "id.resp_h", readAddress, "address-missing");
  read("resp_p", "id.resp_p", readPort, "port-missing");
  read("proto", "proto", readText, "proto-missing");
  read("service", "service", readText);
  read("duration", "duration", (value) => readNumber(value, false));
  for (const column of numberNames.slice(1, 3)) read(column, column, (value) => readNumber(value, true));
  read("conn_state", "conn_state", readText);
  read("local_orig", "local_orig", readBoolean);
  read("local_resp", "local_resp", readBoolean);
  read("missed_bytes", "missed_bytes", (value) => readNumber(value, true));
  read("history", "history", readText);
  for (const column of numberNames.slice(4)) read(column, column, (value) => readNumber(value, true));
  read("label", "label", readText);
  read("detailedlabel", "detailedlabel", readText);

  for (const problems of [faults, missing])
    for (const [column, reason] of problems) return { kind: "reject", reason, column };
  return { kind: "row", row };
}

const aliases: Readonly<Record<string, string>> = {
  id_orig_h: "id.orig_h",
  id_orig_p: "id.orig_p",
  id_resp_h: "id.resp_h",
  id_resp_p: "id.resp_p",
  "detailed-label": "detailedlabel",
  detailed_label: "detailedlabel",
};

function collect(object: Record<string, Json>, into: Map<string, Json>, prefix: string): void {
  for (const [key, value] of Object.entries(object)) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (prefix === "" && isObject && (key === "id" || key === "conn"))
      collect(value as Record<string, Json>, into, key === "id" ? "id." : "");
    else into.set(aliases[prefix + key] ?? prefix + key, value);
  }
}

type Read = { readonly value: string | number | boolean | undefined } | { readonly fault: string };

function numeric(value: Json): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(value)) return undefined;
  return Number(value);
}

function readNumber(value: Json, whole: boolean): Read {
  const number = numeric(value);
  if (number === undefined) return { fault: "number-invalid" };
  if (!Number.isFinite(number)) return { fault: "number-huge" };
  if (number < 0) return { fault: "number-negative" };
  if (whole && number > 2 ** 53) return { fault: "number-huge" };
  if (whole && !Number.isInteger(number)) return { fault: "number-fraction" };
  return { value: number + 0 };
}

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z?|[-+]\d\d:\d\d)$/;

function readTime(value: Json): Read {
  let seconds = numeric(value);
  if (seconds === undefined && typeof value === "string") {
    const match = ISO.exec(value);
    if (match === null) return { fault: "time-invalid" };
    const millis = Date.parse(`${match[1]}T${match[2]}${match[4] === "" ? "Z" : match[4]}`);
    if (Number.isNaN(millis)) return { fault: "time-invalid" };
    seconds = (millis * 1000 + Math.floor(Number(`0${match[3] ?? ""}`) * 1e6 + 1e-3)) / 1e6;
  }
  if (seconds === undefined || !Number.isFinite(seconds)) return { fault: "time-invalid" };
  const inRange = (time: number) => time >= 0 && time < Date.UTC(2200, 0) / 1000;
  if (inRange(seconds)) return { value: seconds };
  if (seconds >= 1e12 && inRange(seconds / 1000)) return { value: Math.round(seconds * 1000) / 1e6 };
  return { fault: "time-range" };
}

function readPort(value: Json): Read {
  const number = numeric(value);
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > 65535)
    return { fault: "port-invalid" };
  return { value: number };
}

/** An originator's port beyond the range is read as 0, so that the rest of the row is not lost. */
function readOriginatorPort(value: Json): Read {
  const digits = typeof value === "string" ? /^\d+$/.test(value) : typeof value === "number" && value > 65535;
  const number = numeric(value);
  if (digits && number !== undefined && Number.isInteger(number) && number > 65535) return { value: 0 };
  return readPort(value);
}

function readAddress(value: Json): Read {
  if (typeof value !== "string") return { fault: "address-invalid" };
  if (/^\d+\.\d+\.\d+\.\d+$/.test(value)) {
    const parts = value.split(".").map(Number);
    const fits = parts.every((part) => part <= 255) && !/\d{4}/.test(value);
    return fits ? { value: parts.join(".") } : { fault: "address-invalid" };
  }
  if (!/^[0-9a-fA-F:.]+$/.test(value)) return { fault: "address-invalid" };
  try {
    const host = new URL(`http://[${value}]/`).hostname.slice(1, -1);
    const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(host);
    if (mapped === null) return { value: host };
    const word = parseInt(mapped[1]!, 16) * 65536 + parseInt(mapped[2]!, 16);
    return { value: [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join(".") };
  } catch {
    return { fault: "address-invalid" };
  }
}

function readBoolean(value: Json): Read {
  if (value === true || value === false) return { value };
  if (typeof value === "object") return { fault: "boolean-invalid" };
  if (["T", "t", "true", "1"].includes(String(value))) return { value: true };
  if (["F", "f", "false", "0"].includes(String(value))) return { value: false };
  return { fault: "boolean-invalid" };
}

function readText(value: Json): Read {
  if (typeof value === "string") return { value: value.toWellFormed() };
  if (typeof value !== "object") return { value: String(value) };
  if (!Array.isArray(value)) return { fault: "text-invalid" };
  const list = value as readonly Json[];
  if (list.some((member) => typeof member === "object" && member !== null)) return { fault: "text-invalid" };
  const members = list.map((member) =>
    typeof member === "string" ? member.toWellFormed() : member === null ? "" : JSON.stringify(member),
  );
  const text = members.filter((member) => !["", "-", "(empty)"].includes(member)).join(",");
  return { value: text === "" ? undefined : text };
}
