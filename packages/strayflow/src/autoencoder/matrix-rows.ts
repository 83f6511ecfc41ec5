import { assert } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";

/** A matrix that can be read in any order, a run of rows at a time; row-major, `width` values a row. */
export interface MatrixRows {
  readonly width: number;
  readonly rows: number;
  /** Copies `count` rows from row `start` into the beginning of `out`. */
  read(start: number, count: number, out: Float32Array): void;
}

/** A matrix over memory that the caller keeps unchanged. */
export function matrixOf(data: Float32Array, width: number): MatrixRows {
  assert(data.length % width === 0, `${data.length} values are no whole rows of ${width}`);
  return {
    width,
    rows: data.length / width,
    read: (start, count, out) => out.set(data.subarray(start * width, (start + count) * width)),
  };
}

/** Rows `start` to `end` (not included) of another matrix, read through it. */
export function rowRange(matrix: MatrixRows, start: number, end: number): MatrixRows {
  assert(start >= 0 && start <= end && end <= matrix.rows, `rows ${start} to ${end} of ${matrix.rows}`);
  return {
    width: matrix.width,
    rows: end - start,
    read: (first, count, out) => matrix.read(start + first, count, out),
  };
}

/** `count` rows drawn at random without repetition, copied, in their original order. All rows where there are fewer. */
export function sampleRows(matrix: MatrixRows, count: number, random: Random): MatrixRows {
  const { width, rows } = matrix;
  const take = Math.min(count, rows);
  const data = new Float32Array(take * width);
  let taken = 0;
  // Selection sampling (Knuth, volume 2, algorithm 3.4.2 S): each row with chance needed / left.
  for (let row = 0; row < rows && taken < take; row++) {
    if (random.uniform() * (rows - row) >= take - taken) continue;
    matrix.read(row, 1, data.subarray(taken * width, ++taken * width));
  }
  return matrixOf(data, width);
}

/** At most `count` rows at even distances, read through the matrix. */
export function evenlySpread(matrix: MatrixRows, count: number): MatrixRows {
  const { width, rows } = matrix;
  if (rows <= count) return matrix;
  return {
    width,
    rows: count,
    read(start, take, out) {
      for (let i = 0; i < take; i++) {
        const row = Math.floor(((start + i) * rows) / count);
        matrix.read(row, 1, out.subarray(i * width, (i + 1) * width));
      }
    },
  };
}

const BLOCK_ROWS = 4096;
const BUDGET_MILLIS = 100;

/**
 * Visits a matrix block by block in order; `block` is reused from visit to visit. A visitor that returns a promise is
 * awaited. About every tenth of a second reports under the name `work` and gives other tasks a turn, so that an abort
 * can arrive.
 */
export async function eachBlock(
  matrix: MatrixRows,
  visit: (block: Float32Array, rows: number, start: number) => void | Promise<void>,
  { signal, onProgress }: StageOptions = {},
  work = "read",
): Promise<void> {
  const block = new Float32Array(Math.min(BLOCK_ROWS, matrix.rows) * matrix.width);
  let resumed = performance.now();
  for (let start = 0; start < matrix.rows; start += BLOCK_ROWS) {
    signal?.throwIfAborted();
    const count = Math.min(BLOCK_ROWS, matrix.rows - start);
    matrix.read(start, count, block);
    await visit(block, count, start);
    if (performance.now() - resumed < BUDGET_MILLIS) continue;
    onProgress?.({ stage: work, rows: start + count, total: matrix.rows });
    await new Promise((resolve) => setImmediate(resolve));
    resumed = performance.now();
  }
}
