/**
 * The grammar of JSON (RFC 8259) over bytes, for values that are passed over. Every function here relies on a line feed
 * behind the line, which stops every loop, and gives the position after what it passed, or -1 where that is not JSON.
 * More lenient in one point: control characters may stand in a string as they are, so that a NUL byte in some field
 * does not cost the connection.
 */

export const QUOTE = 34;
export const COMMA = 44;
export const COLON = 58;
export const OPEN_LIST = 91;
export const BACKSLASH = 92;
export const CLOSE_LIST = 93;
export const OPEN_OBJECT = 123;
export const CLOSE_OBJECT = 125;

const LINE_FEED = 10;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;

/** Deeper than any log nests; what is deeper is refused, since it would break those who show the row. */
const MAX_JSON_DEPTH = 256;

/** Room for `skipValue` to remember what it is inside of. */
export function openSkipStack(): Uint8Array {
  return new Uint8Array(MAX_JSON_DEPTH);
}

/** Passes over white space. */
export function skipSpace(bytes: Uint8Array, start: number): number {
  let p = start;
  for (;;) {
    const byte = bytes[p]!;
    if (byte !== 32 && byte !== 9 && byte !== 13) return p;
    p++;
  }
}

/** Passes over a string whose opening quote is at `start - 1`. */
export function skipString(bytes: Uint8Array, start: number): number {
  let p = start;
  for (;;) {
    const byte = bytes[p++]!;
    if (byte === QUOTE) return p;
    if (byte === LINE_FEED) return -1;
    if (byte !== BACKSLASH) continue;
    switch (bytes[p++]) {
      case QUOTE:
      case BACKSLASH:
      case 47: // slash
      case 98: // b
      case 102: // f
      case 110: // n
      case 114: // r
      case 116: // t
        break;
      case 117: // u
        for (let i = 0; i < 4; i++) if (!isHexDigit(bytes[p++]!)) return -1;
        break;
      default:
        return -1;
    }
  }
}

/** Passes over a number. */
export function skipNumber(bytes: Uint8Array, start: number): number {
  let p = start;
  if (bytes[p] === MINUS) p++;
  if (bytes[p] === ZERO) p++;
  else p = skipDigits(bytes, p);
  if (p >= 0 && bytes[p] === DOT) p = skipDigits(bytes, p + 1);
  if (p >= 0 && (bytes[p]! | 32) === 101 /* e */) {
    const sign = bytes[p + 1];
    p = skipDigits(bytes, sign === MINUS || sign === 43 /* + */ ? p + 2 : p + 1);
  }
  return p;
}

/** Passes over `true`, `false` or `null`. */
export function skipWord(bytes: Uint8Array, start: number): number {
  switch (bytes[start]) {
    case 116:
      return bytes[start + 1] === 114 && bytes[start + 2] === 117 && bytes[start + 3] === 101
        ? start + 4
        : -1;
    case 102:
      return bytes[start + 1] === 97 &&
        bytes[start + 2] === 108 &&
        bytes[start + 3] === 115 &&
        bytes[start + 4] === 101
        ? start + 5
        : -1;
    case 110:
      return bytes[start + 1] === 117 && bytes[start + 2] === 108 && bytes[start + 3] === 108
        ? start + 4
        : -1;
    default:
      return -1;
  }
}

/** Passes over any value, however it nests up to `MAX_JSON_DEPTH`, without recursion. */
export function skipValue(bytes: Uint8Array, start: number, stack: Uint8Array): number {
  let p = start;
  let depth = 0;
  for (;;) {
    const first = bytes[p]!;
    let opened = false;
    if (first === QUOTE) p = skipString(bytes, p + 1);
    else if (first === OPEN_OBJECT || first === OPEN_LIST) {
      if (depth === MAX_JSON_DEPTH) return -1;
      // The closing byte that is due: both closing brackets are two above the opening ones.
      stack[depth++] = first + 2;
      p = skipSpace(bytes, p + 1);
      opened = true;
    } else if (first === MINUS || (first >= ZERO && first <= 57)) p = skipNumber(bytes, p);
    else p = skipWord(bytes, p);
    if (p < 0) return -1;
    // Behind a value or an opening bracket: close what ends here, then go to the start of the next value.
    for (;;) {
      if (depth === 0) return p;
      const closing = stack[depth - 1]!;
      if (!opened) p = skipSpace(bytes, p);
      if (bytes[p] === closing) {
        depth--;
        p++;
        opened = false;
        continue;
      }
      if (!opened) {
        if (bytes[p] !== COMMA) return -1;
        p = skipSpace(bytes, p + 1);
      }
      if (closing === CLOSE_OBJECT) {
        if (bytes[p] !== QUOTE) return -1;
        p = skipString(bytes, p + 1);
        if (p < 0) return -1;
        p = skipSpace(bytes, p);
        if (bytes[p] !== COLON) return -1;
        p = skipSpace(bytes, p + 1);
      }
      break;
    }
  }
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let p = start;
  while (bytes[p]! >= ZERO && bytes[p]! <= 57) p++;
  return p === start ? -1 : p;
}

function isHexDigit(byte: number): boolean {
  return (byte >= ZERO && byte <= 57) || ((byte | 32) >= 97 && (byte | 32) <= 102);
}
