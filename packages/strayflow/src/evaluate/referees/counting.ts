import { hostName } from "../host-name.ts";
import type { Batch } from "../../zeek/batch.ts";

/** The referee that knows nothing but how busy the originator is. */
export interface CountingReferee {
  /**
   * Writes for each row how many connections its originator opened in the window up to the start of this one, this one
   * included, among the rows that came so far.
   */
  score(batch: Batch, out: Float64Array): void;
}

export interface CountingOptions {
  readonly windowSeconds?: number;
  /** How late a row may come, against the latest start of its originator, and still be counted exactly. */
  readonly latenessSeconds?: number;
}

/**
 * Counts exactly, over a stream in the order in which Zeek writes it (rows come when connections end, so starts are out
 * of order). Memory: one number for each connection of the last `windowSeconds + latenessSeconds`.
 */
export function openCountingReferee({
  windowSeconds = 60,
  latenessSeconds = 7200,
}: CountingOptions = {}): CountingReferee {
  const kept = windowSeconds + latenessSeconds;
  const hosts = new Map<string | number, Starts>();
  let clock = -Infinity;
  let sweepAt = 4096;
  return {
    score({ rows, ts, orig_h }, out) {
      for (let row = 0; row < rows; row++) {
        const start = ts[row]!;
        // A stream that goes back by more than rows can be late is another stream, or had one row from the future.
        if (start < clock - 10 * kept) clock = start;
        if (start > clock) clock = start;
        const name = hostName(orig_h, row);
        let starts = hosts.get(name);
        if (starts === undefined) {
          if (hosts.size >= sweepAt) {
            for (const [other, { times }] of hosts) {
              const last = times.at(-1)!;
              if (last < clock - kept || last > clock) hosts.delete(other);
            }
            sweepAt = Math.max(4096, 2 * hosts.size);
          }
          starts = { times: [], from: 0 };
          hosts.set(name, starts);
        }
        insert(starts, start);
        forget(starts, starts.times.at(-1)! - kept);
        out[row] = countUpTo(starts, start) - countUpTo(starts, start - windowSeconds);
      }
    },
  };
}

/** Start times of one originator in ascending order, from index `from` on. */
interface Starts {
  times: number[];
  from: number;
}

function insert(starts: Starts, start: number): void {
  const { times } = starts;
  if (times.length === starts.from || times.at(-1)! <= start) times.push(start);
  else times.splice(countUpTo(starts, start), 0, start);
}

function forget(starts: Starts, before: number): void {
  while (starts.times[starts.from]! < before) starts.from++;
  if (starts.from > 1024 && starts.from * 2 > starts.times.length) {
    starts.times = starts.times.slice(starts.from);
    starts.from = 0;
  }
}

/** Index behind the last time that is at most `limit`. */
function countUpTo({ times, from }: Starts, limit: number): number {
  let low = from;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
