import type { JsonValue } from "../../zeek/index.ts";

/** Incidents and alerts as JSON. Numbers that are unset become null; the rows of features are left out. */
export function packDocument(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Float32Array) return undefined;
    return typeof part === "number" && !Number.isFinite(part) ? null : part;
  }).toWellFormed();
}

/** What `packDocument` made it of: null is NaN again. */
export function unpackDocument<Document>(text: string): Document {
  return JSON.parse(text, (_key, part: unknown) => (part === null ? NaN : part)) as Document;
}

/** Anything that was JSON. */
export function readJson(text: string | null): JsonValue | undefined {
  return text === null ? undefined : (JSON.parse(text) as JsonValue);
}
