import type { Batch } from "./batch.ts";
import { knownColumn, zeekSpelling, zeekTypes } from "./columns.ts";
import { decodeText, unescapeBytes } from "./escapes.ts";
import { splitGlued, type TsvLayout } from "./header.ts";
import { escapeControls } from "./json-text.ts";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * One row of a batch with every field that its log has, in the log's order, under Zeek's spelling; unset fields are
 * absent. Values have the type that `#types` states, or that JSON gave them: numbers, booleans, sets as arrays, all else
 * text. Built anew from the row's bytes, so meant for the few rows that are shown.
 */
export function readRecord(batch: Batch, row: number): Record<string, JsonValue> {
  const bytes = batch.text.subarray(batch.lineStart[row], batch.lineEnd[row]);
  const { layout } = batch.source;
  return layout.kind === "tsv" ? readTsvRecord(bytes, layout) : readJsonRecord(bytes);
}

function readTsvRecord(bytes: Uint8Array, layout: TsvLayout): Record<string, JsonValue> {
  // One character a byte, so that escapes can be undone before the bytes are taken as UTF-8.
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const fields = line.split(layout.separator);
  const record: Record<string, JsonValue> = {};
  for (const [index, field] of layout.fields.entries()) {
    const names = splitGlued(field);
    const types = splitGlued(layout.types[index] ?? "");
    const values = names.length === 1 ? [fields[index] ?? ""] : splitGlued(fields[index] ?? "");
    for (const [k, name] of names.entries()) {
      const raw = values[k] ?? "";
      if (raw === "" || raw === layout.unsetField) continue;
      const known = knownColumn(name);
      const type = types[k] || (known === undefined ? "string" : zeekTypes[known]);
      put(record, known ?? name, typedValue(raw, type, layout));
    }
  }
  return record;
}

function typedValue(raw: string, type: string, layout: TsvLayout): JsonValue {
  const [, element] = /^(?:set|vector|table)\[(.*)\]$/.exec(type) ?? [];
  if (element !== undefined) {
    if (raw === layout.emptyField) return [];
    return raw.split(layout.setSeparator).map((member) => typedValue(member, element, layout));
  }
  if (raw === layout.emptyField) return "";
  switch (type) {
    case "bool":
      return raw === "T" ? true : raw === "F" ? false : textOf(raw);
    case "time":
    case "interval":
    case "double":
    case "count":
    case "int":
    case "port": {
      const value = Number(raw);
      // Whole numbers that a double cannot hold, and ISO-8601 times, are shown as they were written.
      const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
      return isExact ? value : textOf(raw);
    }
    default:
      return textOf(raw);
  }
}

function textOf(latin1: string): string {
  return decodeText(unescapeBytes(Buffer.from(latin1, "latin1")));
}

function readJsonRecord(bytes: Uint8Array): Record<string, JsonValue> {
  const record: Record<string, JsonValue> = {};
  putAll(record, JSON.parse(decodeText(escapeControls(bytes))) as JsonObject);
  return record;
}

type JsonObject = { readonly [key: string]: JsonValue };

/** Takes apart the nesting that the scanner reads through: `{"conn": {...}}` around the row, `"id": {...}` in it. */
function putAll(record: Record<string, JsonValue>, object: JsonObject, isWrapped = false): void {
  for (const [key, value] of Object.entries(object)) {
    const inner =
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as JsonObject)
        : undefined;
    if (key === "conn" && inner !== undefined && !isWrapped) putAll(record, inner, true);
    else if (key === "id" && inner !== undefined) {
      for (const [part, partValue] of Object.entries(inner))
        put(record, zeekSpelling(`id.${part}`), partValue);
    } else put(record, zeekSpelling(key), value);
  }
}

/** A key from a log may be any text, such as `__proto__`. */
function put(record: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (value === null) return;
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}
