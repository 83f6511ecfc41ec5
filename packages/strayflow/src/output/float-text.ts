/** Bytes that one float may take: a sign, nine digits, a point, an exponent, and room for the fixed form. */
export const FLOAT_TEXT_BYTES = 32;

/**
 * A 32-bit float in a short decimal form that reads back as the same float: seven significant digits where they do, else
 * eight, else nine, which always do.
 */
export function floatText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  for (let digits = 7; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * Writes `floatText(value)` as ASCII into `out` from `at` and returns the end; allocates nothing for values of ordinary
 * size. `out` must have `FLOAT_TEXT_BYTES` of room.
 */
export function writeFloat(out: Uint8Array, at: number, value: number): number {
  const size = value < 0 ? -value : value;
  if (!(size < 1e7) || (size < 1e-3 && size !== 0)) return writeText(out, at, floatText(value));
  if (value < 0) out[at++] = MINUS;
  const whole = Math.floor(size);
  if (whole === size) return writeWhole(out, at, whole);
  for (let digits = 7; digits <= 9; digits++) {
    const places = digits - wholeDigits(size);
    const power = POWERS_OF_TEN[places]!;
    const scaled = Math.round(size * power);
    // Nine digits in one integer, and an exact power of ten: the quotient is what parsing the text gives.
    if (digits < 9 && Math.fround(scaled / power) !== size) continue;
    return writeScaled(out, at, scaled, places, power);
  }
  return at;
}

const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const POWERS_OF_TEN = Float64Array.from({ length: 13 }, (_, power) => Number(`1e${power}`));

/** Digits before the point; for values below 1, minus the zeros behind it. */
function wholeDigits(size: number): number {
  if (size >= 1) {
    let digits = 1;
    while (size >= POWERS_OF_TEN[digits]!) digits++;
    return digits;
  }
  return size >= 0.1 ? 0 : size >= 0.01 ? -1 : -2;
}

function writeScaled(out: Uint8Array, at: number, scaled: number, places: number, power: number): number {
  const whole = Math.floor(scaled / power);
  let rest = scaled - whole * power;
  at = writeWhole(out, at, whole);
  if (rest === 0) return at;
  out[at] = DOT;
  let last = at + places;
  // Trailing zeros say nothing.
  while (rest % 10 === 0) {
    rest /= 10;
    last--;
  }
  for (let i = last; i > at; i--) {
    const tenth = Math.floor(rest / 10);
    out[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return last + 1;
}

function writeWhole(out: Uint8Array, at: number, whole: number): number {
  const digits = whole < 10 ? 1 : wholeDigits(whole);
  let rest = whole | 0;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    out[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}

function writeText(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}
