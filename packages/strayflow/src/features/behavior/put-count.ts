import type { MatrixData } from "../family.ts";

/** Writes 1 + the count of every row into column `at`. */
export function putCount(
  out: MatrixData,
  width: number,
  at: number,
  counts: Float64Array,
  rows: number,
): void {
  for (let row = 0, to = at; row < rows; row++, to += width) out[to] = 1 + counts[row]!;
}
