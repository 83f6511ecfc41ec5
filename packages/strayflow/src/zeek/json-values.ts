import { ADDRESS, BOOLEAN, COUNT, INTERVAL, PORT, TEXT, TIME, UID } from "./json-fields.ts";
import { BACKSLASH } from "./json-skip.ts";
import { OK, rejectCodes, type RejectCode } from "./rejects.ts";
import { ascii } from "./values.ts";

const LINE_FEED = 10;
const QUOTE = 34;
const DOT = 46;
const ZERO = 48;

/**
 * The first byte from `start` on that is neither blank nor a byte order mark. NUL counts as blank: file systems leave
 * runs of it where a machine stopped while it wrote.
 */
export function firstVisible(bytes: Uint8Array, start: number): number {
  let p = start;
  for (;;) {
    const byte = bytes[p]!;
    if (byte === LINE_FEED || (byte > 32 && byte !== 0xef)) return p;
    if (byte !== 0xef) p++;
    else if (bytes[p + 1] === 0xbb && bytes[p + 2] === 0xbf) p += 3;
    else return p;
  }
}

/** Whether a number can end before this byte: neither at a fraction, nor at an exponent, nor at a tenth digit. */
export function isNumberEnd(byte: number): boolean {
  return byte === 44 || byte === 125 || byte === 32;
}

/** Reads `1.2.3.4"` and returns the position after the quote; -1 for any other address or none. */
export function readQuotedIpv4(bytes: Uint8Array, start: number, out: Uint32Array, at: number): number {
  let p = start;
  let word = 0;
  for (let dots = 0; ; dots++) {
    let octet = bytes[p]! - ZERO;
    if (octet < 0 || octet > 9) return -1;
    let digit = bytes[++p]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      octet = octet * 10 + digit;
      digit = bytes[++p]! - ZERO;
      if (digit >= 0 && digit <= 9) {
        octet = octet * 10 + digit;
        p++;
      }
    }
    if (octet > 255) return -1;
    word = (word << 8) | octet;
    if (dots === 3) break;
    if (bytes[p] !== DOT) return -1;
    p++;
  }
  if (bytes[p] !== QUOTE) return -1;
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = 0xffff;
  out[at + 3] = word;
  return p + 1;
}

/** Whether bytes[start, end) is one of the marks for unset and empty: nothing at all, `-`, `(empty)`. */
export function isUnset(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0) return true;
  if (length === 1) return bytes[start] === 45;
  return length === 7 && bytes[start] === 40 && ascii(bytes, start, end) === "(empty)";
}

/** As `isUnset`, for a string. */
export function isUnsetText(value: string): boolean {
  return value === "" || value === "-" || value === "(empty)";
}

/** Whether a string without its quotes stands for itself. */
export function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === BACKSLASH) return false;
  return true;
}

/** Whether a value that starts with this byte is a word: `true`, `false`, `null`. */
export function isLetter(byte: number): boolean {
  return byte >= 97 && byte <= 122;
}

/** The reject for a value that cannot be read as its field at all; `OK` where that does not matter. */
export function wrongType(kind: number): RejectCode {
  switch (kind) {
    case TIME:
      return rejectCodes["time-invalid"];
    case INTERVAL:
    case COUNT:
      return rejectCodes["number-invalid"];
    case PORT:
      return rejectCodes["port-invalid"];
    case ADDRESS:
      return rejectCodes["address-invalid"];
    case BOOLEAN:
      return rejectCodes["boolean-invalid"];
    case TEXT:
    case UID:
      return rejectCodes["text-invalid"];
    default:
      return OK;
  }
}
