import { CaptureCount, markFaults, type CaptureRates } from "../model/capture-faults.ts";
import type { Batch } from "../zeek/index.ts";

/** How well the sensor saw, and what its clock did. Shares are 0 to 1. */
export interface StreamHealth {
  /** TCP connections with data, and the shares of them that show each fault (`markFaults`). */
  readonly capture: CaptureRates;
  /** Connections of any kind whose history says that Zeek turned them round (`^`). */
  readonly flipped: number;
  /** Connections of any kind that were met in their middle (OTH). */
  readonly midstream: number;
  /** Connections in which Zeek knows of bytes that it did not see, and those bytes. */
  readonly withMissedBytes: number;
  readonly missedBytes: number;
  /** Rows that ended more than a minute before one that stands above them, and the largest such step, seconds. */
  readonly late: number;
  readonly latestBy: number;
  /** Whether every start is a whole second. */
  readonly isWholeSeconds: boolean;
  /** Rows that say which end is local. */
  readonly withLocality: number;
}

/** Watches batches in the order of the logs for what no single connection shows. */
export class StreamWatch {
  readonly #capture = new CaptureCount();
  #flipped = 0;
  #midstream = 0;
  #withMissedBytes = 0;
  #missedBytes = 0;
  #clock = -Infinity;
  #late = 0;
  #latestBy = 0;
  #isWholeSeconds = true;
  #withLocality = 0;

  add(batch: Batch): void {
    const { rows, ts, duration, missed_bytes, history, conn_state, local_orig, local_resp } = batch;
    const marks = new Uint8Array(rows);
    markFaults(marks, batch);
    this.#capture.add(marks);
    const isFlipped = Uint8Array.from(history.values, (letters) => (letters.startsWith("^") ? 1 : 0));
    const midstream = conn_state.values.indexOf("OTH");
    let clock = this.#clock;
    for (let row = 0; row < rows; row++) {
      this.#flipped += isFlipped[history.codes[row]!]!;
      if (midstream > 0 && conn_state.codes[row] === midstream) this.#midstream++;
      const missed = missed_bytes[row]!;
      if (missed > 0) {
        this.#withMissedBytes++;
        this.#missedBytes += missed;
      }
      const start = ts[row]!;
      const end = duration[row]! > 0 ? start + duration[row]! : start;
      if (end >= clock) clock = end;
      else if (clock - end > LATE_SECONDS) {
        this.#late++;
        if (clock - end > this.#latestBy) this.#latestBy = clock - end;
      }
      if (this.#isWholeSeconds && start !== Math.floor(start)) this.#isWholeSeconds = false;
      if (local_orig[row]! < 2 || local_resp[row]! < 2) this.#withLocality++;
    }
    this.#clock = clock;
  }

  health(): StreamHealth {
    return {
      capture: this.#capture.rates(),
      flipped: this.#flipped,
      midstream: this.#midstream,
      withMissedBytes: this.#withMissedBytes,
      missedBytes: this.#missedBytes,
      late: this.#late,
      latestBy: this.#latestBy,
      isWholeSeconds: this.#isWholeSeconds,
      withLocality: this.#withLocality,
    };
  }
}

/** Zeek itself writes a little out of order: it logs when a timer finds a connection to be over. */
const LATE_SECONDS = 60;
