import { OK, rejectCodes, type RejectCode } from "./rejects.ts";

/**
 * Kernels that read one value from bytes[start, end) into one slot of a column. They return `OK` or the code of a reject
 * reason, allocate nothing on the way that well-formed logs take, and never throw. The range must not be the log's mark
 * for unset: the caller knows that mark.
 */

const {
  "port-invalid": PORT_INVALID,
  "number-invalid": NUMBER_INVALID,
  "number-negative": NUMBER_NEGATIVE,
  "number-huge": NUMBER_HUGE,
  "number-fraction": NUMBER_FRACTION,
  "boolean-invalid": BOOLEAN_INVALID,
} = rejectCodes;

const MINUS = 45;
const DOT = 46;
const ZERO = 48;

const LARGEST_EXACT = 2 ** 53;

/** 10^k; dividing an exact whole number by an exact power rounds once, so the quotient is what `Number(text)` gives. */
const POWERS_OF_TEN = new Float64Array(23);
for (let k = 0; k < POWERS_OF_TEN.length; k++) POWERS_OF_TEN[k] = Number(`1e${k}`);

/**
 * Reads a decimal number of either sign, with or without fraction and exponent, to the very double that `Number()` gives
 * for the same text.
 */
export function readNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array,
  at: number,
): RejectCode {
  let i = start;
  // Nine digits at a time fit a 32-bit integer, which is far cheaper to gather than a double.
  let block = 0;
  let whole = 0;
  const firstEnd = end - start > 9 ? start + 9 : end;
  for (; i < firstEnd; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) break;
    block = (block * 10 + digit) | 0;
  }
  whole = block;
  if (i === start) return readNumberSlowly(bytes, start, end, out, at);
  for (; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) break;
    whole = whole * 10 + digit;
  }
  if (i === end) {
    if (whole >= LARGEST_EXACT) return readNumberSlowly(bytes, start, end, out, at);
    out[at] = whole;
    return OK;
  }
  if (bytes[i] !== DOT) return readNumberSlowly(bytes, start, end, out, at);
  const places = end - i - 1;
  if (places < 1 || places > 22) return readNumberSlowly(bytes, start, end, out, at);
  block = 0;
  const blockEnd = places > 9 ? i + 10 : end;
  let scale = places > 9 ? 9 : places;
  for (i++; i < blockEnd; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return readNumberSlowly(bytes, start, end, out, at);
    block = (block * 10 + digit) | 0;
  }
  let digits = whole * POWERS_OF_TEN[scale]! + block;
  for (; i < end; i++, scale++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return readNumberSlowly(bytes, start, end, out, at);
    digits = digits * 10 + digit;
  }
  if (digits >= LARGEST_EXACT) return readNumberSlowly(bytes, start, end, out, at);
  out[at] = digits / POWERS_OF_TEN[scale]!;
  return OK;
}

/** Signs, exponents, more digits than a double holds, and the verdict on what is no number at all. */
function readNumberSlowly(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array,
  at: number,
): RejectCode {
  // Longer than this nobody writes a number, and a hostile field may be megabytes.
  if (end - start > 400) return NUMBER_INVALID;
  const text = ascii(bytes, start, end);
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text)) return NUMBER_INVALID;
  const value = Number(text);
  if (!Number.isFinite(value)) return NUMBER_HUGE;
  out[at] = value;
  return OK;
}

/** Reads a number that cannot be below zero, such as a duration in seconds. */
export function readInterval(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array,
  at: number,
): RejectCode {
  const code = readNumber(bytes, start, end, out, at);
  if (code !== OK) return code;
  if (bytes[start] === MINUS && out[at]! < 0) return NUMBER_NEGATIVE;
  return OK;
}

/** Reads a whole number from 0 to 2^53; `12.0` and `1e3`, as other tools rewrite logs, are whole too. */
export function readCount(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array,
  at: number,
): RejectCode {
  const length = end - start;
  if (length > 0 && length <= 9) {
    let value = 0;
    let i = start;
    for (; i < end; i++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = (value * 10 + digit) | 0;
    }
    if (i === end) {
      out[at] = value;
      return OK;
    }
  }
  const code = readNumber(bytes, start, end, out, at);
  if (code !== OK) return code;
  const value = out[at]!;
  if (value < 0) return NUMBER_NEGATIVE;
  if (value > LARGEST_EXACT) return NUMBER_HUGE;
  return Number.isInteger(value) ? OK : NUMBER_FRACTION;
}

/** Reads a port, 0 to 65535. */
export function readPort(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint16Array,
  at: number,
): RejectCode {
  const length = end - start;
  if (length < 1 || length > 5) return readPortSlowly(bytes, start, end, out, at);
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return readPortSlowly(bytes, start, end, out, at);
    value = (value * 10 + digit) | 0;
  }
  if (value > 65535) return PORT_INVALID;
  out[at] = value;
  return OK;
}

/** `443.0` and the like, as tools that know only floating-point columns write ports. */
function readPortSlowly(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint16Array,
  at: number,
): RejectCode {
  if (end - start > 20) return PORT_INVALID;
  const match = /^0*(\d{1,5})(?:\.0*)?$/.exec(ascii(bytes, start, end));
  if (match === null || Number(match[1]) > 65535) return PORT_INVALID;
  out[at] = Number(match[1]);
  return OK;
}

/** Reads `T`, `F`, `true`, `false`, `1` or `0` as 1 or 0. */
export function readBoolean(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): RejectCode {
  const first = bytes[start];
  if (end - start === 1) {
    if (first === 84 /* T */ || first === 49 || first === 116) out[at] = 1;
    else if (first === 70 /* F */ || first === 48 || first === 102) out[at] = 0;
    else return BOOLEAN_INVALID;
    return OK;
  }
  if (end - start > 5) return BOOLEAN_INVALID;
  const text = ascii(bytes, start, end).toLowerCase();
  if (text !== "true" && text !== "false") return BOOLEAN_INVALID;
  out[at] = text === "true" ? 1 : 0;
  return OK;
}

/** One character a byte; for fields that can only be ASCII. */
export function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
