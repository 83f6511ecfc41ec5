import type { Batch } from "../zeek/batch.ts";
import { gatherRows } from "./gather.ts";
import type { StreamPart } from "./stream-part.ts";

/** A batch and the truth of its rows: 0 for normal, otherwise the number of the attack's label. */
export interface MarkedBatch {
  readonly batch: Batch;
  readonly truth: Uint16Array;
}

/** One part of a scenario: rows in order, whose batches are made when they are asked for, any number of times. */
export interface RowStream {
  readonly rows: number;
  /** For each row. */
  readonly truth: Uint16Array;
  batches(batchRows?: number): Generator<MarkedBatch>;
}

/** The rows of one part. */
export function streamOf({ pieces, piece, row, truth }: StreamPart): RowStream {
  return {
    rows: row.length,
    truth,
    *batches(batchRows = 8192) {
      for (let at = 0; at < row.length; at += batchRows) {
        const end = Math.min(at + batchRows, row.length);
        yield {
          batch: gatherRows(pieces, piece.subarray(at, end), row.subarray(at, end)),
          truth: truth.subarray(at, end),
        };
      }
    },
  };
}
