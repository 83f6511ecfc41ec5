import { rowRange, eachBlock } from "./matrix-rows.ts";
import type { MatrixRows } from "./matrix-rows.ts";
import type { StageOptions } from "../base/stage.ts";

const BUCKETS = 1 << 16;
/** Columns counted in one pass: with five shares at most about 60 MB of counters. */
const COLUMNS_PER_PASS = 48;
const MOST_ROWS = 1 << 20;
const STRETCHES = 64;

/**
 * Order statistics of the given columns: `result[i][j]` is the value of column `columns[i]` at share `shares[j]`, an
 * element of the column itself (rank floor(share * (rows - 1))), exact. Of more than 2^20 rows, 64 evenly spread
 * stretches with as many rows in all are looked at.
 *
 * Radix selection: one pass counts the upper 16 bits of each value (in an integer order that agrees with the order of
 * floats), a second one the lower 16 bits inside the buckets that hold a wanted rank.
 */
export async function columnQuantiles(
  matrix: MatrixRows,
  columns: readonly number[],
  shares: readonly number[],
  stage: StageOptions = {},
): Promise<readonly (readonly number[])[]> {
  const parts = spreadStretches(matrix);
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const ranks = shares.map((share) => Math.floor(share * (rows - 1)));
  const result: (readonly number[])[] = [];
  for (let first = 0; first < columns.length; first += COLUMNS_PER_PASS) {
    result.push(...(await selectRanks(parts, columns.slice(first, first + COLUMNS_PER_PASS), ranks, stage)));
  }
  return result;
}

function spreadStretches(matrix: MatrixRows): readonly MatrixRows[] {
  if (matrix.rows <= MOST_ROWS) return [matrix];
  const length = MOST_ROWS / STRETCHES;
  return Array.from({ length: STRETCHES }, (_, i) => {
    const start = Math.floor(((matrix.rows - length) * i) / (STRETCHES - 1));
    return rowRange(matrix, start, start + length);
  });
}

/** A bucket of one column that holds at least one wanted rank. */
interface Cell {
  readonly bucket: number;
  readonly counts: Uint32Array;
}

async function selectRanks(
  parts: readonly MatrixRows[],
  columns: readonly number[],
  ranks: readonly number[],
  stage: StageOptions,
): Promise<readonly (readonly number[])[]> {
  const upper = columns.map(() => new Uint32Array(BUCKETS));
  for (const part of parts) {
    await eachBlock(
      part,
      (block, rows) => countUpper(block, rows, part.width, columns, upper),
      stage,
      "scale",
    );
  }
  const places = upper.map((counts) => ranks.map((rank) => findRank(counts, rank)));
  const cells = places.map((found) => {
    const buckets = [...new Set(found.map((place) => place.bucket))];
    return buckets.map((bucket): Cell => ({ bucket, counts: new Uint32Array(BUCKETS) }));
  });
  for (const part of parts) {
    await eachBlock(
      part,
      (block, rows) => countLower(block, rows, part.width, columns, cells),
      stage,
      "scale",
    );
  }
  return places.map((found, i) =>
    found.map(({ bucket, rank }) => {
      const cell = cells[i]!.find((candidate) => candidate.bucket === bucket)!;
      return fromOrdered(bucket * BUCKETS + findRank(cell.counts, rank).bucket);
    }),
  );
}

function countUpper(
  block: Float32Array,
  rows: number,
  width: number,
  columns: readonly number[],
  upper: readonly Uint32Array[],
): void {
  const bits = new Uint32Array(block.buffer, block.byteOffset, rows * width);
  for (let i = 0; i < columns.length; i++) {
    const counts = upper[i]!;
    for (let at = columns[i]!; at < bits.length; at += width) counts[ordered(bits[at]!) >>> 16]!++;
  }
}

function countLower(
  block: Float32Array,
  rows: number,
  width: number,
  columns: readonly number[],
  cells: readonly (readonly Cell[])[],
): void {
  const bits = new Uint32Array(block.buffer, block.byteOffset, rows * width);
  for (let i = 0; i < columns.length; i++) {
    for (const { bucket, counts } of cells[i]!) {
      for (let at = columns[i]!; at < bits.length; at += width) {
        const key = ordered(bits[at]!);
        if (key >>> 16 === bucket) counts[key & 0xffff]!++;
      }
    }
  }
}

/** The bucket that holds the element of the given rank, and its rank inside. */
function findRank(counts: Uint32Array, rank: number): { bucket: number; rank: number } {
  let left = rank;
  let bucket = 0;
  while (left >= counts[bucket]!) left -= counts[bucket++]!;
  return { bucket, rank: left };
}

/** The bits of a float as an unsigned integer in the same order: negative numbers inverted, others shifted up. */
function ordered(bits: number): number {
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;
}

function fromOrdered(key: number): number {
  const bits = (key & 0x80000000 ? key & 0x7fffffff : ~key) >>> 0;
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}
