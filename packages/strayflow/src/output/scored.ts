import type { Reason } from "../detect/reason.ts";
import type { Batch } from "../zeek/batch.ts";
import { readRecord, type JsonValue } from "../zeek/record.ts";

/** Connections and what the model makes of them, as scoring yields them; one entry a row. */
export interface ScoredRows {
  readonly batch: Batch;
  readonly score: Float64Array;
  readonly pValue: Float64Array;
  /** 1 where the connection is flagged. */
  readonly flagged: Uint8Array;
  /** 1 where it would be flagged, did not trouble with the sensor explain it. */
  readonly folded: Uint8Array;
  readonly reasons: (row: number) => readonly Reason[];
}

/** One scored connection, on its own: the batch that it came from may go. */
export interface ScoredConnection {
  /** Every field of the row under Zeek's name; unset fields are absent. Hostile text. */
  readonly record: Readonly<Record<string, JsonValue>>;
  /** Start, seconds since 1970, whatever way the log writes it. */
  readonly ts: number;
  readonly score: number;
  readonly pValue: number;
  readonly flagged: boolean;
  readonly folded: boolean;
  /** Strongest first. */
  readonly reasons: readonly Reason[];
}

export function scoredConnection(rows: ScoredRows, row: number): ScoredConnection {
  return {
    record: readRecord(rows.batch, row),
    ts: rows.batch.ts[row]!,
    score: rows.score[row]!,
    pValue: rows.pValue[row]!,
    flagged: rows.flagged[row] === 1,
    folded: rows.folded[row] === 1,
    // The five fields that outputs promise, whatever else a reason carries for our own tables.
    reasons: rows
      .reasons(row)
      .map(({ feature, value, usual, share, text }) => ({ feature, value, usual, share, text })),
  };
}
