import type { MatrixData } from "../family.ts";

/**
 * Replaces every value x > 0 of the given columns (counted from `at`) by ln x. Families write plain amounts and leave
 * their logarithms to this loop, which costs half of calling `Math.log` for each.
 */
export function takeLogs(
  out: MatrixData,
  width: number,
  at: number,
  columns: readonly number[],
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const from = row * width + at;
    for (let i = 0; i < columns.length; i++) {
      const to = from + columns[i]!;
      out[to] = ln(out[to]!);
    }
  }
}

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
