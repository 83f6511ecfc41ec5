import type { Batch } from "../../zeek/batch.ts";
import { FROM_INSIDE, TO_INSIDE } from "../detectors/detector-rows.ts";
import { auditLimits } from "./limits.ts";

/** Minutes in which one service got far more connections than usual, most of them in vain. */
export interface Flood {
  /** Words of the responder, and of the originator where all came from one. */
  readonly responder: Uint32Array;
  readonly originator: Uint32Array | undefined;
  readonly port: number;
  readonly proto: string;
  /** Log time of the first and last connection, seconds. */
  readonly from: number;
  readonly to: number;
  readonly connections: number;
  readonly counted: number;
  /** The most in one minute, and what is usual in a minute in which there are any. */
  readonly peak: number;
  readonly usual: number;
  readonly fromInside: boolean;
  readonly toInside: boolean;
}

interface OpenFlood {
  responder: Uint32Array;
  originator: Uint32Array | undefined;
  port: number;
  proto: string;
  from: number;
  to: number;
  connections: number;
  counted: number;
  peak: number;
  minutes: number;
  lastMinute: number;
  flags: number;
}

/**
 * Counts connections a minute for each service of each responder. What is usual is the median of the minutes that are no
 * flood, from a histogram of powers of two; a service that is busy most of the time it is seen is just that.
 */
export class FloodTable {
  readonly #onEnd: (flood: Flood) => void;
  readonly #open = new Map<number, OpenFlood>();
  #slots = 0;
  /** For each slot: current minute, connections and those in vain in it; then minutes by the power of two of their connections. */
  #counts = new Int32Array(0);
  /** For each slot: log time of the minute's first and last connection. */
  #times = new Float64Array(0);

  constructor(onEnd: (flood: Flood) => void) {
    this.#onEnd = onEnd;
  }

  add(
    claimed: number,
    now: number,
    inVain: boolean,
    batch: Batch,
    row: number,
    port: number,
    flags: number,
  ): void {
    const slot = claimed < 0 ? ~claimed : claimed;
    if (slot >= this.#slots) this.#grow(slot + 1);
    const counts = this.#counts;
    const at = STRIDE * slot;
    const minute = Math.floor(now / 60) | 0;
    if (claimed < 0) {
      this.#close(slot);
      counts.fill(0, at, at + STRIDE);
      counts[at] = minute;
    } else if (counts[at] !== minute) this.#turn(slot, minute);
    const ts = batch.ts[row]!;
    if (counts[at + 1]!++ === 0) {
      this.#times[2 * slot] = ts;
      this.#times[2 * slot + 1] = ts;
    } else if (ts < this.#times[2 * slot]!) this.#times[2 * slot] = ts;
    else if (ts > this.#times[2 * slot + 1]!) this.#times[2 * slot + 1] = ts;
    if (inVain) counts[at + 2]!++;
    if (counts[at + 1] === auditLimits.floodAMinute) this.#note(slot, batch, row, port, flags);
    else if (counts[at + 1]! > auditLimits.floodAMinute) this.#noteOriginator(slot, batch, row);
  }

  finish(): void {
    for (const slot of this.#open.keys()) {
      this.#turn(slot, -1);
      this.#close(slot);
    }
  }

  /** Ends a minute: it belongs to a flood, or to what is usual. */
  #turn(slot: number, minute: number): void {
    const counts = this.#counts;
    const at = STRIDE * slot;
    const [connections, inVain] = [counts[at + 1]!, counts[at + 2]!];
    const open = this.#open.get(slot);
    if (
      connections >= auditLimits.floodAMinute &&
      inVain >= auditLimits.vainShare * connections &&
      open !== undefined
    ) {
      open.from = Math.min(open.from, this.#times[2 * slot]!);
      open.to = Math.max(open.to, this.#times[2 * slot + 1]!);
      open.connections += connections;
      open.counted += inVain;
      open.peak = Math.max(open.peak, connections);
      open.minutes++;
      open.lastMinute = counts[at]!;
    } else if (connections > 0)
      counts[at + HISTOGRAM + Math.min(BINS - 1, Math.floor(Math.log2(connections)))]!++;
    if (open !== undefined && minute - open.lastMinute > QUIET_MINUTES) this.#close(slot);
    counts[at] = minute;
    counts[at + 1] = 0;
    counts[at + 2] = 0;
  }

  #note(slot: number, batch: Batch, row: number, port: number, flags: number): void {
    if (this.#open.has(slot)) return;
    this.#open.set(slot, {
      responder: batch.resp_h.slice(4 * row, 4 * row + 4),
      originator: batch.orig_h.slice(4 * row, 4 * row + 4),
      port,
      proto: batch.proto.values[batch.proto.codes[row]!]!,
      from: Infinity,
      to: -Infinity,
      connections: 0,
      counted: 0,
      peak: 0,
      minutes: 0,
      lastMinute: this.#counts[STRIDE * slot]!,
      flags,
    });
  }

  #noteOriginator(slot: number, { orig_h }: Batch, row: number): void {
    const open = this.#open.get(slot);
    const words = open?.originator;
    if (open === undefined || words === undefined) return;
    for (let word = 0; word < 4; word++)
      if (words[word] !== orig_h[4 * row + word]) open.originator = undefined;
  }

  #close(slot: number): void {
    const open = this.#open.get(slot);
    if (open === undefined) return;
    this.#open.delete(slot);
    const histogram = this.#counts.subarray(STRIDE * slot + HISTOGRAM, STRIDE * slot + HISTOGRAM + BINS);
    const usualMinutes = histogram.reduce((sum, count) => sum + count, 0);
    const usual = medianOf(histogram, usualMinutes);
    if (open.minutes === 0 || open.minutes > usualMinutes + LONE_MINUTES) return;
    if (open.peak < auditLimits.floodTimes * usual) return;
    const { responder, originator, port, proto, from, to, connections, counted, peak, flags } = open;
    this.#onEnd({
      responder,
      originator,
      port,
      proto,
      from,
      to,
      connections,
      counted,
      peak,
      usual,
      fromInside: (flags & FROM_INSIDE) !== 0,
      toInside: (flags & TO_INSIDE) !== 0,
    });
  }

  #grow(slots: number): void {
    const size = Math.max(256, 2 * this.#slots, slots);
    const counts = new Int32Array(STRIDE * size);
    counts.set(this.#counts);
    const times = new Float64Array(2 * size);
    times.set(this.#times);
    this.#counts = counts;
    this.#times = times;
    this.#slots = size;
  }
}

const BINS = 16;
const HISTOGRAM = 3;
const STRIDE = HISTOGRAM + BINS;
const QUIET_MINUTES = 30;
/** A flood of so many minutes needs no ordinary ones beside it. */
const LONE_MINUTES = 60;

/** Middle of the bin that holds the median. */
function medianOf(histogram: Int32Array, total: number): number {
  let below = 0;
  for (let bin = 0; bin < BINS; bin++) {
    below += histogram[bin]!;
    if (total > 0 && 2 * below >= total) return 1.5 * 2 ** bin;
  }
  return 0;
}
