import type { Batch } from "../zeek/batch.ts";
import type { NumberColumnName, TextColumnName } from "../zeek/builder.ts";

/** Columns that a row can be stripped of. */
export type StrippableColumn =
  | Exclude<NumberColumnName, "ts">
  | Exclude<TextColumnName, "proto">
  | "local_orig"
  | "local_resp";

/** What is changed in the rows of a piece when they are gathered, in the columns as in the text. */
export interface RowChanges {
  /** Added to `ts`. */
  readonly shiftSeconds: number;
  /** The four words of the address that takes the place of `id.orig_h`. */
  readonly originator?: Uint32Array | undefined;
  /** Takes the place of `local_orig`: 0, 1 or 2 for unset. */
  readonly localOrig?: number | undefined;
  /** Columns that become unset. */
  readonly strip: readonly StrippableColumn[];
}

/** A batch that rows are taken from. */
export interface Piece {
  readonly batch: Batch;
  readonly changes?: RowChanges | undefined;
}

/** Rows that stand one behind the other in their piece as in the result. */
export interface Run {
  readonly piece: Piece;
  /** First row in the piece. */
  readonly row: number;
  /** First row in the result. */
  readonly at: number;
  readonly rows: number;
}

/** The rows of a gathered batch, as few runs. */
export function findRuns(pieces: readonly Piece[], piece: Uint32Array, row: Uint32Array): Run[] {
  const runs: Run[] = [];
  for (let at = 0, end = 0; at < row.length; at = end) {
    for (end = at + 1; end < row.length && piece[end] === piece[at] && row[end] === row[end - 1]! + 1;) end++;
    runs.push({ piece: pieces[piece[at]!]!, row: row[at]!, at, rows: end - at });
  }
  return runs;
}

/** The time moved by so many seconds, rounded to the microsecond, which is all that Zeek writes. */
export function shifted(ts: number, seconds: number): number {
  return seconds === 0 ? ts : Math.round((ts + seconds) * 1e6) / 1e6;
}
