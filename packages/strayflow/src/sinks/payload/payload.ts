import type { Message } from "../message.ts";
import { ecsJson } from "./ecs.ts";
import { ownJson, type JsonObject } from "./own-json.ts";

export const payloadFormats = ["strayflow", "ecs"] as const;

export type PayloadFormat = (typeof payloadFormats)[number];

export function payloadOf(message: Message, format: PayloadFormat): JsonObject {
  return format === "ecs" ? ecsJson(message) : ownJson(message);
}

/**
 * As JSON on one line, in ASCII where the text could disturb a reader that is careless about lines and controls:
 * line separators and bidirectional overrides come as `\u` escapes, which any JSON reader undoes. Halves of characters
 * become U+FFFD: readers such as Elasticsearch refuse a document for them.
 */
export function payloadText(message: Message, format: PayloadFormat): string {
  return JSON.stringify(payloadOf(message, format), wellFormed).replace(
    /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu,
    (character) =>
      [...Array(character.length).keys()]
        .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
        .join(""),
  );
}

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed() : value;
}

/** The stable id as `payloadText` wrote it; undefined where the text is no such payload. */
export function payloadId(text: string): string | undefined {
  try {
    const payload = JSON.parse(text) as { id?: unknown; event?: { id?: unknown } };
    const id = payload.id ?? payload.event?.id;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}
