import { BACKSLASH, QUOTE } from "./json-skip.ts";

const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/**
 * The string whose escaped form, without its quotes, is bytes[start, end). Damaged UTF-8 and surrogates without their
 * other half become U+FFFD; control characters stand for themselves. The escapes must be known to be well-formed.
 */
export function decodeJsonString(bytes: Uint8Array, start: number, end: number): string {
  const quoted = `"${utf8.decode(escapeControls(bytes.subarray(start, end), true))}"`;
  return (JSON.parse(quoted) as string).toWellFormed();
}

/**
 * The bytes of a JSON text in which every control character that stands in a string as it is has become an escape, so
 * that `JSON.parse` takes it; the very same bytes where there is none. `inString` says whether the bytes begin inside
 * a string.
 */
export function escapeControls(bytes: Uint8Array, inString = false): Uint8Array {
  let controls = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! < 32) controls++;
  if (controls === 0) return bytes;
  const escaped = new Uint8Array(bytes.length + controls * 5);
  let length = 0;
  let inside = inString;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte < 32 && inside) {
      const escape = `\\u${byte.toString(16).padStart(4, "0")}`;
      for (let k = 0; k < escape.length; k++) escaped[length++] = escape.charCodeAt(k);
      continue;
    }
    escaped[length++] = byte;
    if (byte === QUOTE) inside = !inside;
    else if (byte === BACKSLASH && inside && i + 1 < bytes.length) escaped[length++] = bytes[++i]!;
  }
  return escaped.subarray(0, length);
}
