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

/**
 * The same without a branch or a division: a float is 2^k (1 + i / 2048)(1 + d), where k and i are bits of it and d is
 * below 1/2048, so that three terms of ln(1 + d) are more than a float can hold.
 */
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
      const x = bits[to]!;
      const step = (x >> 12) & 2047;
      const d = (x & 4095) * inverseSteps[step]!;
      out[to] = ((x >> 23) - 127) * Math.LN2 + stepLogs[step]! + d * (1 - d * (0.5 - d * (1 / 3)));
    }
  }
}

/** Writes ln(1 + scale * x) for the first `rows` numbers, which are at least 0; NaN for NaN. */
export function logsOfGrowth(x: Float64Array, scale: number, out: Float32Array, rows: number): void {
  const bits = new Int32Array(out.buffer, out.byteOffset, out.length);
  for (let row = 0; row < rows; row++) {
    const grown = 1 + scale * x[row]!;
    out[row] = grown;
    const y = bits[row]!;
    const step = (y >> 12) & 2047;
    const d = (y & 4095) * inverseSteps[step]!;
    const log = ((y >> 23) - 127) * Math.LN2 + stepLogs[step]! + d * (1 - d * (0.5 - d * (1 / 3)));
    out[row] = grown === grown ? log : NaN;
  }
}

const inverseSteps: Readonly<Float64Array> = Float64Array.from(
  { length: 2048 },
  (_, i) => 2 ** -23 / (1 + i / 2048),
);
const stepLogs: Readonly<Float64Array> = Float64Array.from({ length: 2048 }, (_, i) =>
  Math.log(1 + i / 2048),
);

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
