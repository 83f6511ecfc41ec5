import { ExpectedError } from "../../base/errors.ts";
import { StreamClock } from "../../features/behavior/stream-clock.ts";
import type { ReplayableRows } from "../../pipeline/learn.ts";
import { pickRows } from "../../zeek/pick-rows.ts";
import type { Batch, BatchSpool } from "../../zeek/index.ts";
import type { LeftOutHosts } from "./left-out-hosts.ts";

/** Recent traffic in three pieces, one after the other in the stream. */
export interface RecentRows {
  /** What is learned from: without rows of hosts that are left out. */
  readonly training: ReplayableRows;
  readonly leftOut: number;
  /** The last day before the one that is held back, whole: brings a model's memory up to date. */
  warmUp(): AsyncIterable<Batch>;
  /** The last day: nobody learns from it. */
  readonly heldBack: ReplayableRows & { readonly from: number; readonly to: number };
}

/**
 * Cuts a stream by its clock: the last `days` of it count, and of these the last day is held back; of less than three days,
 * a fifth of the rows.
 */
export async function cutRecent(
  spool: BatchSpool,
  hosts: LeftOutHosts,
  days: number,
  signal?: AbortSignal,
): Promise<RecentRows> {
  const ends = await clockOf(spool, signal);
  const to = ends.at(-1) ?? NaN;
  const first = ends[0] ?? NaN;
  const begin = placeOf(ends, to - days * DAY_SECONDS);
  const span = to - Math.max(first, to - days * DAY_SECONDS);
  const cut =
    span >= 3 * DAY_SECONDS
      ? placeOf(ends, to - DAY_SECONDS)
      : begin + Math.floor(0.8 * (ends.length - begin));
  if (cut - begin < LEAST_ROWS || ends.length - cut < LEAST_ROWS)
    throw new ExpectedError(
      "too-few-rows",
      `expected at least ${LEAST_ROWS} connections to learn from and as many to compare on, found ${cut - begin} and ${ends.length - cut}`,
    );
  const warm = Math.max(begin, placeOf(ends, ends[cut]! - DAY_SECONDS));
  let kept = 0;
  for await (const batch of rowsOf(spool, begin, cut, signal))
    for (const one of hosts.keep(batch)) kept += one;
  return {
    training: { rows: kept, replay: () => keptRows(spool, begin, cut, hosts, signal) },
    leftOut: cut - begin - kept,
    warmUp: () => rowsOf(spool, warm, cut, signal),
    heldBack: {
      rows: ends.length - cut,
      replay: () => rowsOf(spool, cut, ends.length, signal),
      from: ends[cut]!,
      to,
    },
  };
}

/** The stream's time at each row; never falls. */
async function clockOf(spool: BatchSpool, signal: AbortSignal | undefined): Promise<Float64Array> {
  const ends = new Float64Array(spool.rows);
  const clock = new StreamClock();
  let at = 0;
  for await (const batch of spool.replay()) {
    signal?.throwIfAborted();
    for (let row = 0; row < batch.rows; row++) {
      clock.advance(batch.ts[row]!, batch.duration[row]!);
      ends[at++] = clock.now;
    }
  }
  return ends;
}

/** The first row at or after a time. */
function placeOf(ends: Float64Array, time: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function* rowsOf(
  spool: BatchSpool,
  from: number,
  to: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch> {
  let seen = 0;
  for await (const batch of spool.replay()) {
    signal?.throwIfAborted();
    const start = seen;
    seen += batch.rows;
    if (seen <= from) continue;
    if (start >= to) return;
    const keep = new Uint8Array(batch.rows).fill(
      1,
      Math.max(0, from - start),
      Math.min(batch.rows, to - start),
    );
    const picked = pickRows(batch, keep);
    if (picked.rows > 0) yield picked;
  }
}

async function* keptRows(
  spool: BatchSpool,
  from: number,
  to: number,
  hosts: LeftOutHosts,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch> {
  for await (const batch of rowsOf(spool, from, to, signal)) {
    const kept = pickRows(batch, hosts.keep(batch));
    if (kept.rows > 0) yield kept;
  }
}

const DAY_SECONDS = 86_400;
const LEAST_ROWS = 200;
