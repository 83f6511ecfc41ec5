import type { MatrixData } from "../family.ts";

/**
 * Replaces every value x > 0 of the given columns (counted from `at`) by ln x. Families write plain amounts and leave
 * their logarithms to this loop, which costs a third of calling `Math.log` for each.
 */
export function takeLogs(
  out: MatrixData,
  width: number,
  at: number,
  columns: readonly number[],
  rows: number,
): void {
  if (columns.length === 0) return;
  if (out instanceof Float32Array) return takeFloatLogs(out, width, at, columns, rows);
  for (let row = 0; row < rows; row++) {
    for (const column of columns) out[row * width + at + column] = ln(out[row * width + at + column]!);
  }
}

function takeFloatLogs(
  out: Float32Array,
  width: number,
  at: number,
  columns: readonly number[],
  rows: number,
): void {
  const bits = new Int32Array(out.buffer, out.byteOffset, out.length);
  for (let row = 0; row < rows; row++) {
    const from = row * width + at;
    for (let i = 0; i < columns.length; i++) {
      const to = from + columns[i]!;
      out[to] = logOfBits(bits[to]!);
    }
  }
}

/** Writes ln(1 + scale * x) for the first `rows` numbers, which are at least 0. `floats` has room for them. */
export function logsOfGrowth(
  x: Float64Array,
  scale: number,
  out: Float64Array,
  rows: number,
  floats: Float32Array,
): void {
  for (let row = 0; row < rows; row++) floats[row] = 1 + scale * x[row]!;
  const bits = new Int32Array(floats.buffer, floats.byteOffset, rows);
  for (let row = 0; row < rows; row++) out[row] = logOfBits(bits[row]!);
}

/**
 * ln of a float above 0 by its bits, without a branch or a division: it is 2^k (1 + i / 512)(1 + d), where k and i are
 * bits of it and d is below 1/512, so that three terms of ln(1 + d) are within 4e-12.
 */
function logOfBits(bits: number): number {
  const step = (bits >> 13) & 1022;
  const d = (bits & 16_383) * steps[step]!;
  return ((bits >> 23) - 127) * Math.LN2 + steps[step + 1]! + d * (1 - d * (0.5 - d * (1 / 3)));
}

/** For every i, side by side: 2^-23 / (1 + i / 512) and ln(1 + i / 512). */
const steps: Readonly<Float64Array> = Float64Array.from({ length: 1024 }, (_, at) => {
  const step = 1 + (at >> 1) / 512;
  return at % 2 === 0 ? 2 ** -23 / step : Math.log(step);
});

/**
 * ln x for x > 0, within 1e-12. |ln x| = k ln 2 + ln m with m in [1, 2), and m = c (1 + r) with c the middle of one of 512
 * intervals, so that r is below 0.001 and three terms of ln(1 + r) are enough.
 */
export function ln(x: number): number {
  const y = x >= 1 ? x : 1 / x;
  if (!(y < 1073741824)) return Math.log(x);
  const k = 31 - Math.clz32(y);
  const m = y * inversePowers[k]!;
  const interval = (m * INTERVALS) | 0;
  const r = m * inverseMiddles[interval]! - 1;
  const size = k * Math.LN2 + logMiddles[interval]! + r * (1 - r * (0.5 - r * (1 / 3)));
  return x > 1 ? size : x < 1 ? -size : 0;
}

const INTERVALS = 512;
const inversePowers: Readonly<Float64Array> = Float64Array.from({ length: 31 }, (_, k) => 2 ** -k);
/** By interval number, which starts at `INTERVALS` since m starts at 1. */
const inverseMiddles: Readonly<Float64Array> = Float64Array.from(
  { length: 2 * INTERVALS },
  (_, i) => INTERVALS / (i + 0.5),
);
const logMiddles: Readonly<Float64Array> = Float64Array.from({ length: 2 * INTERVALS }, (_, i) =>
  Math.log((i + 0.5) / INTERVALS),
);
