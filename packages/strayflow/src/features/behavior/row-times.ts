import type { Batch } from "../../zeek/batch.ts";
import type { HalfLife } from "./half-life.ts";
import { runSteps } from "./steps.ts";
import type { Step } from "./steps.ts";
import { StreamClock } from "./stream-clock.ts";

/** One window length: which bucket of it the row falls into, and how much of the bucket before is inside the window. */
export interface Window {
  readonly seconds: number;
  readonly bucket: Int32Array;
  /** Whole seconds since the bucket began. */
  readonly elapsed: Int32Array;
  readonly left: Float64Array;
}

export type WindowName = "1m" | "5m" | "1h" | "1d";

/** What the stream's clock says at each of some consecutive rows. */
export class RowTimes {
  rows = 0;
  readonly clock = new StreamClock();
  /** Seconds. Never falls. */
  readonly time: Float64Array;
  /** Hours since 1970 by the log's own clock. */
  readonly hour: Int32Array;
  /** Each length divides the next, so that buckets nest. */
  readonly windows: Readonly<Record<WindowName, Window>>;
  readonly #ticks = new Map<HalfLife, Int32Array>();
  readonly #steps: Step[] = [];

  constructor(mostRows: number) {
    this.time = new Float64Array(mostRows);
    this.hour = new Int32Array(mostRows);
    this.windows = {
      "1m": openWindow(60, mostRows),
      "5m": openWindow(300, mostRows),
      "1h": openWindow(3600, mostRows),
      "1d": openWindow(86_400, mostRows),
    };
    for (const window of Object.values(this.windows)) {
      this.#steps.push(() => placeInBuckets(window, this.time, this.rows));
    }
  }

  /** The time in ticks of a half-life, modulo 2^32: a column that every `read` fills from now on. */
  ticks(memory: HalfLife): Int32Array {
    const known = this.#ticks.get(memory);
    if (known !== undefined) return known;
    const ticks = new Int32Array(this.time.length);
    this.#ticks.set(memory, ticks);
    this.#steps.push(() => countTicks(ticks, memory.ticksPerSecond, this.time, this.rows));
    return ticks;
  }

  read({ ts, duration }: Batch, from: number, rows: number): void {
    const { clock, time, hour } = this;
    this.rows = rows;
    for (let row = 0; row < rows; row++) {
      clock.advance(ts[from + row]!, duration[from + row]!);
      time[row] = clock.now;
      // Far from 1970 the difference is not exact, and may fall below 0: cut off, not rounded down.
      hour[row] = (clock.now - clock.shift) / 3600;
    }
    runSteps(this.#steps);
  }
}

function openWindow(seconds: number, mostRows: number): Window {
  return {
    seconds,
    bucket: new Int32Array(mostRows),
    elapsed: new Int32Array(mostRows),
    left: new Float64Array(mostRows),
  };
}

function placeInBuckets({ seconds, bucket, elapsed, left }: Window, time: Float64Array, rows: number): void {
  const scale = 1 / seconds;
  let whole = 0;
  let began = NaN;
  for (let row = 0; row < rows; row++) {
    const now = time[row]!;
    if (!(now - began < seconds)) {
      whole = (now / seconds) | 0;
      // The quotient of a time just before a bucket may be rounded up to it.
      if (whole * seconds > now) whole--;
      began = whole * seconds;
    }
    bucket[row] = whole;
    elapsed[row] = now - began;
    left[row] = 1 - (now - began) * scale;
  }
}

function countTicks(ticks: Int32Array, ticksPerSecond: number, time: Float64Array, rows: number): void {
  for (let row = 0; row < rows; row++) ticks[row] = time[row]! * ticksPerSecond;
}
