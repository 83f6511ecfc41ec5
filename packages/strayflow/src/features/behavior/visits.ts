import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { FadingSum } from "./fading-sum.ts";
import { left as leftAfter, steadySeconds } from "./half-life.ts";
import type { HalfLife } from "./half-life.ts";
import { logsOfGrowth } from "./logarithm.ts";
import type { BehaviorRows, WindowName } from "./rows.ts";
import { SlotRecords } from "./slot-records.ts";
import { WindowSum } from "./window-sum.ts";

/**
 * The visits of one kind of entity: every row visits one originator, one pair and so on, whose memory is then brought to
 * the time of the row. How much time that is, is worked out here, once for all that is remembered of the entity.
 *
 * Columns are by row of the present `BehaviorRows`; those that families ask for are filled in from then on. They tell of
 * the visits before the row.
 */
export class Visits {
  readonly rows: BehaviorRows;
  readonly records: SlotRecords;
  readonly slot: Int32Array;
  /** 1 where this is the first visit that is remembered: what its slot holds is another's, or 0. */
  readonly isFirst: Float64Array;
  /** Seconds since the first visit; 0 at the first. */
  readonly age: Float64Array;
  /** Seconds since the last visit; 0 at the first. */
  readonly gap: Float64Array;
  /**
   * For each window, in two bits: 0 where the last visit was in the same bucket, 1 where it was in the bucket before, 2
   * where it was earlier or there was none.
   */
  readonly turns: Uint8Array;
  /** When the last visit was; NaN at the first. */
  readonly #last: Float64Array;
  readonly #times: number;
  readonly #ones: Float64Array;
  readonly #left = new Map<HalfLife, Float64Array>();
  readonly #steady = new Map<HalfLife, Float64Array>();
  readonly #inWindow = new Map<WindowName, WindowSum>();
  readonly #fading = new Map<HalfLife, FadingSum>();
  #logGap: Float32Array | undefined;

  /** At most `mostRows` rows at a time, and `limit` slots. */
  constructor(rows: BehaviorRows, mostRows: number, limit: number) {
    this.rows = rows;
    this.records = new SlotRecords(limit);
    this.slot = new Int32Array(mostRows);
    this.isFirst = new Float64Array(mostRows);
    this.age = new Float64Array(mostRows);
    this.gap = new Float64Array(mostRows);
    this.turns = new Uint8Array(mostRows);
    this.#last = new Float64Array(mostRows);
    this.#ones = new Float64Array(mostRows).fill(1);
    this.#times = this.records.reserveDoubles(2);
  }

  /** What is left of a fading memory since the last visit; 0 at the first. */
  left(memory: HalfLife): Float64Array {
    this.rows.ticks(memory);
    return remembered(this.#left, memory, () => new Float64Array(this.slot.length));
  }

  /** For how long something steady would have to run to be as large as a fading sum is by now, at least 0. */
  steady(memory: HalfLife): Float64Array {
    return remembered(this.#steady, memory, () => new Float64Array(this.slot.length));
  }

  /** Number of visits in a window. */
  inWindow(window: WindowName): Float64Array {
    return remembered(this.#inWindow, window, () => new WindowSum(this, window, this.#ones)).sums;
  }

  /** Number of visits, fading. */
  fading(memory: HalfLife): Float64Array {
    return remembered(this.#fading, memory, () => new FadingSum(this, memory, this.#ones)).sums;
  }

  /** ln(1 + milliseconds) since the last visit; NaN at the first. */
  logGap(): Float32Array {
    return (this.#logGap ??= new Float32Array(this.slot.length));
  }

  /** Takes the slots of the present rows, `~slot` where one has changed hands. */
  update(claimed: Int32Array): void {
    this.#place(claimed);
    for (const [memory, column] of this.#left) this.#findLeft(memory, column);
    for (const [memory, column] of this.#steady) this.#findSteady(memory, column);
    for (const sum of this.#inWindow.values()) sum.update();
    for (const sum of this.#fading.values()) sum.update();
    if (this.#logGap !== undefined) this.#takeLogGap(this.#logGap);
  }

  write(out: ByteWriter, slots: number): void {
    this.records.write(out, slots);
  }

  read(input: ByteReader, slots: number): void {
    this.records.read(input, slots);
  }

  #place(claimed: Int32Array): void {
    const { slot, isFirst, age, gap, turns } = this;
    const { rows, time, windows } = this.rows;
    const { stride, doubles } = this.records;
    const lasts = this.#last;
    const times = this.#times;
    const minute = windows["1m"].start;
    const minutes = windows["5m"].start;
    const hour = windows["1h"].start;
    const day = windows["1d"].start;
    for (let row = 0; row < rows; row++) {
      const now = time[row]!;
      let place = claimed[row]!;
      let last = NaN;
      if (place < 0) {
        place = ~place;
        const at = (place * stride + times) >> 1;
        doubles[at] = now;
        doubles[at + 1] = now;
        isFirst[row] = 1;
        age[row] = 0;
        gap[row] = 0;
      } else {
        const at = (place * stride + times) >> 1;
        last = doubles[at + 1]!;
        doubles[at + 1] = now;
        isFirst[row] = 0;
        age[row] = now - doubles[at]!;
        gap[row] = now - last;
      }
      slot[row] = place;
      lasts[row] = last;
      // Every bucket lies inside one of the next longer window: where the shortest is the same, all are.
      turns[row] =
        last >= minute[row]!
          ? 0
          : turned(last, minute[row]!, 60) |
            (turned(last, minutes[row]!, 300) << 2) |
            (turned(last, hour[row]!, 3600) << 4) |
            (turned(last, day[row]!, 86_400) << 6);
    }
  }

  #findLeft(memory: HalfLife, column: Float64Array): void {
    const { rows } = this.rows;
    const ticks = this.rows.ticks(memory);
    const lasts = this.#last;
    const { ticksPerSecond } = memory;
    for (let row = 0; row < rows; row++) {
      const last = lasts[row]!;
      const passed = (ticks[row]! - Math.floor(last * ticksPerSecond)) | 0;
      column[row] = last === last ? leftAfter(passed) : 0;
    }
  }

  #findSteady(memory: HalfLife, column: Float64Array): void {
    const { rows } = this.rows;
    const { age } = this;
    for (let row = 0; row < rows; row++) column[row] = steadySeconds(memory, age[row]!, 0);
  }

  #takeLogGap(column: Float32Array): void {
    const { rows } = this.rows;
    const { gap, isFirst } = this;
    logsOfGrowth(gap, 1000, column, rows);
    for (let row = 0; row < rows; row++) if (isFirst[row] === 1) column[row] = NaN;
  }
}

function turned(last: number, start: number, seconds: number): number {
  return last >= start ? 0 : last >= start - seconds ? 1 : 2;
}

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
