import { left as leftAfter, steadySeconds } from "./half-life.ts";
import type { HalfLife } from "./half-life.ts";
import { logsOfGrowth } from "./logarithm.ts";
import type { BehaviorRows, WindowName } from "./rows.ts";
import { SlotRecords } from "./slot-records.ts";
import { Sums } from "./sums.ts";

/**
 * The visits of one kind of entity: every row visits one originator, one pair and so on, whose memory is then brought to
 * the time of the row. How much time has passed for it is worked out here, once for all that is remembered of the entity.
 *
 * Columns are by row of the present `BehaviorRows` and tell of the visits before the row; those that a family has asked
 * for are filled in from then on.
 */
export class Visits {
  readonly rows: BehaviorRows;
  readonly records: SlotRecords;
  readonly slot: Int32Array;
  /** 1 at the first visit that is remembered: what is found in the slot is 0, or another's. */
  readonly isFirst: Float64Array;
  /** Seconds since the first visit and since the last; 0 at the first. */
  readonly age: Float64Array;
  readonly gap: Float64Array;
  /**
   * For each window, in two bits: 0 where the last visit was in the same bucket, 1 where it was in the bucket before, 2
   * where it was earlier or there was none.
   */
  readonly turns: Uint8Array;
  /** When the last visit was. */
  readonly #last: Float64Array;
  /** In each record, when the first and the last visit were. */
  readonly #times: number;
  readonly #ones: Float64Array;
  readonly #counts: Sums;
  readonly #left = new Map<HalfLife, Float64Array>();
  readonly #steady = new Map<HalfLife, Float64Array>();
  readonly #inWindow = new Map<WindowName, Float64Array>();
  readonly #fading = new Map<HalfLife, Float64Array>();
  #logGap: Float64Array | undefined;

  /** Of at most `limit` slots. */
  constructor(rows: BehaviorRows, limit: number) {
    const { columns } = rows;
    this.rows = rows;
    this.records = new SlotRecords(limit);
    this.slot = new Int32Array(columns.rows);
    this.isFirst = columns.take();
    this.age = columns.take();
    this.gap = columns.take();
    this.turns = new Uint8Array(columns.rows);
    this.#last = columns.take();
    this.#ones = columns.take().fill(1);
    this.#times = this.records.reserveDoubles(2);
    this.#counts = new Sums(this);
  }

  /** What is left of a fading memory since the last visit; 0 at the first. */
  left(memory: HalfLife): Float64Array {
    this.rows.ticks(memory);
    return remembered(this.#left, memory, () => this.rows.columns.take());
  }

  /** For how many seconds something steady would have to run to be as large as its fading sum is by now, at least 0. */
  steady(memory: HalfLife): Float64Array {
    return remembered(this.#steady, memory, () => this.rows.columns.take());
  }

  /** Number of visits in a window. */
  inWindow(window: WindowName): Float64Array {
    return remembered(this.#inWindow, window, () => this.#counts.inWindow(window, this.#ones));
  }

  /** Number of visits, fading. */
  fading(memory: HalfLife): Float64Array {
    return remembered(this.#fading, memory, () => this.#counts.fading(memory, this.#ones));
  }

  /** ln(1 + milliseconds) since the last visit; NaN at the first. */
  logGap(): Float64Array {
    return (this.#logGap ??= this.rows.columns.take());
  }

  /** Takes the slots of the present rows, `~slot` where one has changed hands. */
  update(claimed: Int32Array): void {
    this.#place(claimed);
    for (const [memory, column] of this.#left) this.#findLeft(memory, column);
    for (const [memory, column] of this.#steady) this.#findSteady(memory, column);
    this.#counts.update();
    if (this.#logGap !== undefined) this.#takeLogGap(this.#logGap);
  }

  #place(claimed: Int32Array): void {
    const { slot, isFirst, age, gap, turns } = this;
    const { rows, time, windows } = this.rows;
    const { stride, doubles } = this.records;
    const lasts = this.#last;
    const times = this.#times;
    const intoMinute = windows["1m"].elapsed;
    const intoMinutes = windows["5m"].elapsed;
    const intoHour = windows["1h"].elapsed;
    const intoDay = windows["1d"].elapsed;
    for (let row = 0; row < rows; row++) {
      const now = time[row]!;
      const place = claimed[row]!;
      // 1 for ~slot.
      const first = place >>> 31;
      const own = place ^ -first;
      const at = (own * stride + times) >> 1;
      if (first === 1) {
        doubles[at] = now;
        doubles[at + 1] = now;
      }
      const last = doubles[at + 1]!;
      doubles[at + 1] = now;
      slot[row] = own;
      isFirst[row] = first;
      age[row] = now - doubles[at]!;
      gap[row] = now - last;
      lasts[row] = last;
      const passed = first === 1 ? LONG_AGO : (Math.floor(now) - Math.floor(last)) | 0;
      turns[row] =
        turned(passed, intoMinute[row]!, 60) |
        (turned(passed, intoMinutes[row]!, 300) << 2) |
        (turned(passed, intoHour[row]!, 3600) << 4) |
        (turned(passed, intoDay[row]!, 86_400) << 6);
    }
  }

  #findLeft(memory: HalfLife, column: Float64Array): void {
    const { rows } = this.rows;
    const { isFirst } = this;
    const ticks = this.rows.ticks(memory);
    const lasts = this.#last;
    const { ticksPerSecond } = memory;
    for (let row = 0; row < rows; row++) {
      const passed = (ticks[row]! - (Math.floor(lasts[row]! * ticksPerSecond) | 0)) | 0;
      column[row] = isFirst[row] === 0 ? leftAfter(passed) : 0;
    }
  }

  #findSteady(memory: HalfLife, column: Float64Array): void {
    const { rows } = this.rows;
    const { age } = this;
    for (let row = 0; row < rows; row++) column[row] = steadySeconds(memory, age[row]!, 0);
  }

  #takeLogGap(column: Float64Array): void {
    const { rows, scratch } = this.rows;
    const { gap, isFirst } = this;
    logsOfGrowth(gap, 1000, column, rows, scratch);
    for (let row = 0; row < rows; row++) if (isFirst[row] === 1) column[row] = NaN;
  }
}

/** Whole seconds that have passed, against those since the bucket began: without a branch, for which way it goes is a toss-up. */
function turned(passed: number, elapsed: number, seconds: number): number {
  return ((elapsed - passed) >>> 31) + ((elapsed + seconds - passed) >>> 31);
}

/** Seconds; more than any window has. */
const LONG_AGO = 1 << 30;

function remembered<Key>(map: Map<Key, Float64Array>, key: Key, make: () => Float64Array): Float64Array {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
