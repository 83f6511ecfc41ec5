import type { ByteReader, ByteWriter } from "../../base/bytes.ts";

/**
 * The clock of a stream: the latest end (`ts` + `duration`) so far, in file order. Rows that end earlier are late and do
 * not turn it back.
 *
 * Two things would otherwise stop it for good, and both happen: a damaged row from the future, and older logs after newer
 * ones. So a jump ahead by more than a day counts only when three rows in a row make it, and 16 rows in a row that are more than an
 * hour late mean that the logs have gone back in time: the clock then goes on from where it stands, at their pace. Gaps longer
 * than 60 days count as 60 days.
 */
export class StreamClock {
  /** Seconds; differs from the log's time by `shift`. */
  now = NaN;
  /** The clock when the stream began. */
  started = NaN;
  /** The clock is the log's time plus this. */
  shift = 0;
  #rowsAhead = 0;
  #rowsBehind = 0;

  /** Takes the end of the next row. */
  advance(ts: number, duration: number): void {
    const end = clamp(ts) + (duration > 0 ? Math.min(duration, LATEST) : 0) + this.shift;
    if (Number.isNaN(this.now)) {
      this.now = end;
      this.started = end;
      return;
    }
    const ahead = end - this.now;
    if (ahead > MOST_AHEAD) {
      this.#rowsBehind = 0;
      if (++this.#rowsAhead < ROWS_AHEAD) return;
      this.#moveTo(end, Math.min(ahead, LONGEST_GAP));
    } else if (ahead < -MOST_BEHIND) {
      this.#rowsAhead = 0;
      if (++this.#rowsBehind < ROWS_BEHIND) return;
      this.#moveTo(end, 0);
    } else if (ahead > 0) {
      this.now = end;
    }
    this.#rowsAhead = 0;
    this.#rowsBehind = 0;
  }

  write(out: ByteWriter): void {
    for (const value of [this.now, this.started, this.shift, this.#rowsAhead, this.#rowsBehind])
      out.float64(value);
  }

  read(input: ByteReader): void {
    this.now = input.float64();
    this.started = input.float64();
    this.shift = input.float64();
    this.#rowsAhead = input.float64();
    this.#rowsBehind = input.float64();
  }

  /** Lets `passed` seconds go by, and makes `end` fall on the new time. */
  #moveTo(end: number, passed: number): void {
    const now = this.now + passed;
    this.shift += now - end;
    this.now = now;
  }
}

function clamp(ts: number): number {
  return ts > 0 ? Math.min(ts, LATEST) : 0;
}

/** Later times (the year 5138) would leave too few digits for microseconds. */
const LATEST = 1e11;
const MOST_AHEAD = 86_400;
const ROWS_AHEAD = 3;
const MOST_BEHIND = 3600;
const ROWS_BEHIND = 16;
const LONGEST_GAP = 60 * 86_400;
