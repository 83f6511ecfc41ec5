const DOT = 46;
const MINUS = 45;
const ZERO = 48;

/** 10^k, all exact; and the same split into halves of 26 bits (Veltkamp), whose products are exact. */
const POWERS = new Float64Array(23);
const POWERS_HIGH = new Float64Array(23);
const POWERS_LOW = new Float64Array(23);
const SPLITTER = 2 ** 27 + 1;
for (let k = 0; k < POWERS.length; k++) {
  const power = Number(`1e${k}`);
  POWERS[k] = power;
  POWERS_HIGH[k] = SPLITTER * power - (SPLITTER * power - power);
  POWERS_LOW[k] = power - POWERS_HIGH[k]!;
}

/**
 * Reads the JSON number at `start` that is not negative into out[at], to the very double that `Number()` gives, and
 * returns the position after it; -1 where it is another kind of value, or one for the slow way: more than 18 digits
 * that count, or an exponent beyond -22 to 0. Needs a byte that is no digit behind the line.
 *
 * Zeek prints intervals with 17 digits, more than a double holds exactly, so most durations would otherwise have to
 * become strings first.
 */
export function readDecimal(bytes: Uint8Array, start: number, out: Float64Array, at: number): number {
  let p = start;
  // The digits that count, in two blocks of up to nine, which 32-bit integers hold.
  let head = 0;
  let tail = 0;
  let headDigits = 0;
  let tailDigits = 0;
  let digit = bytes[p]! - ZERO;
  if (digit === 0) digit = bytes[++p]! - ZERO;
  else {
    while (digit >= 0 && digit <= 9) {
      if (headDigits < 9) {
        head = (head * 10 + digit) | 0;
        headDigits++;
      } else {
        if (tailDigits === 9) return -1;
        tail = (tail * 10 + digit) | 0;
        tailDigits++;
      }
      digit = bytes[++p]! - ZERO;
    }
    if (p === start) return -1;
  }
  let scale = 0;
  let byte = digit + ZERO;
  if (byte === DOT) {
    const firstPlace = ++p;
    digit = bytes[p]! - ZERO;
    if (headDigits === 0) while (digit === 0) digit = bytes[++p]! - ZERO;
    while (digit >= 0 && digit <= 9 && headDigits < 9) {
      head = (head * 10 + digit) | 0;
      headDigits++;
      digit = bytes[++p]! - ZERO;
    }
    while (digit >= 0 && digit <= 9) {
      if (tailDigits === 9) return -1;
      tail = (tail * 10 + digit) | 0;
      tailDigits++;
      digit = bytes[++p]! - ZERO;
    }
    scale = p - firstPlace;
    if (scale === 0) return -1;
    byte = digit + ZERO;
  }
  if ((byte | 32) === 101 /* e */) {
    if (bytes[++p] !== MINUS) return -1;
    const tens = bytes[p + 1]! - ZERO;
    const ones = bytes[p + 2]! - ZERO;
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return -1;
    scale += tens * 10 + ones;
    p += 3;
    byte = bytes[p]!;
    if (byte >= ZERO && byte <= 57) return -1;
  }
  if (scale > 22) return -1;
  // Both exact: a head below 2^30 times 10^9 = 2^9 * 5^9 has 51 bits.
  const high = head * POWERS[tailDigits]!;
  const sum = high + tail;
  const rest = tail - (sum - high);
  const power = POWERS[scale]!;
  const quotient = sum / power;
  if (rest === 0 && sum <= 9007199254740992) {
    out[at] = quotient;
    return p;
  }
  // What the quotient leaves over, by Dekker's exact product, makes a second quotient to be added to the first.
  const product = quotient * power;
  const quotientHigh = SPLITTER * quotient - (SPLITTER * quotient - quotient);
  const quotientLow = quotient - quotientHigh;
  const powerHigh = POWERS_HIGH[scale]!;
  const powerLow = POWERS_LOW[scale]!;
  const productError =
    quotientHigh * powerHigh -
    product +
    quotientHigh * powerLow +
    quotientLow * powerHigh +
    quotientLow * powerLow;
  const correction = (sum - product - productError + rest) / power;
  // Rounded rightly where a slightly different correction gives the same sum (Ziv's test); else nearly a tie.
  const doubt = Math.abs(correction) * 1e-12 + quotient * 1e-30;
  const value = quotient + (correction - doubt);
  if (value !== quotient + (correction + doubt)) return -1;
  out[at] = value;
  return p;
}
