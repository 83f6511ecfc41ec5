import { left as leftAfter, steadySeconds } from "./half-life.ts";
import type { HalfLife } from "./half-life.ts";
import { logsOfGrowth } from "./logarithm.ts";
import type { Quantity } from "./moments.ts";
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
  /** Where the record of the slot begins, in numbers of 4 bytes. */
  readonly record: Int32Array;
  /** 1 at the first visit that is remembered: what is found in the slot is 0, or another's. */
  readonly isFirst: Float64Array;
  /** Seconds since the first visit and since the last; 0 at the first. */
  readonly age: Float64Array;
  readonly gap: Float64Array;
  /** When the last visit was. */
  readonly #last: Float64Array;
  /** Whole seconds since the last visit. */
  readonly #passed: Int32Array;
  /** In each record, when the first and the last visit were. */
  readonly #times: number;
  readonly #ones: Float64Array;
  readonly #counts: Sums;
  readonly #turned = new Map<WindowName, Uint8Array>();
  readonly #left = new Map<HalfLife, Float64Array>();
  readonly #steady = new Map<HalfLife, Float64Array>();
  readonly #inWindow = new Map<WindowName, Float64Array>();
  readonly #fading = new Map<HalfLife, Float64Array>();
  #logGap: Quantity | undefined;

  /** Of at most `limit` slots, for at most `mostRows` rows at a time. */
  constructor(rows: BehaviorRows, limit: number, mostRows: number) {
    this.rows = rows;
    this.records = new SlotRecords(limit);
    this.record = new Int32Array(mostRows);
    this.isFirst = new Float64Array(mostRows);
    this.age = new Float64Array(mostRows);
    this.gap = new Float64Array(mostRows);
    this.#last = new Float64Array(mostRows);
    this.#passed = new Int32Array(mostRows);
    this.#ones = new Float64Array(mostRows).fill(1);
    this.#times = this.records.reserveDoubles(2);
    this.#counts = new Sums(this);
  }

  /**
   * 0 where the last visit was in the same bucket of the window, 1 where it was in the bucket before, 2 where it was earlier
   * or there was none.
   */
  turned(window: WindowName): Uint8Array {
    return remembered(this.#turned, window, () => new Uint8Array(this.record.length));
  }

  /** What is left of a fading memory since the last visit; 0 at the first. */
  left(memory: HalfLife): Float64Array {
    this.rows.ticks(memory);
    return remembered(this.#left, memory, () => new Float64Array(this.record.length));
  }

  /** For how many seconds something steady would have to run to be as large as its fading sum is by now, at least 0. */
  steady(memory: HalfLife): Float64Array {
    return remembered(this.#steady, memory, () => new Float64Array(this.record.length));
  }

  /** Number of visits in a window. */
  inWindow(window: WindowName): Float64Array {
    return remembered(this.#inWindow, window, () => this.#counts.inWindow(window, this.#ones));
  }

  /** Number of visits, fading. */
  fading(memory: HalfLife): Float64Array {
    return remembered(this.#fading, memory, () => this.#counts.fading(memory, this.#ones));
  }

  /** ln(1 + milliseconds) since the last visit; not known at the first. */
  logGap(): Quantity {
    const { length } = this.record;
    return (this.#logGap ??= { values: new Float64Array(length), known: new Float64Array(length) });
  }

  /** Takes the slots of the present rows, `~slot` where one has changed hands. */
  update(claimed: Int32Array): void {
    this.#place(claimed);
    for (const [window, column] of this.#turned) this.#findTurned(window, column);
    for (const [memory, column] of this.#left) this.#findLeft(memory, column);
    for (const [memory, column] of this.#steady) this.#findSteady(memory, column);
    this.#counts.update();
    if (this.#logGap !== undefined) this.#takeLogGap(this.#logGap);
  }

  #place(claimed: Int32Array): void {
    const { record, isFirst, age, gap } = this;
    const { rows, time } = this.rows;
    const { stride, doubles } = this.records;
    const lasts = this.#last;
    const passed = this.#passed;
    const times = this.#times;
    for (let row = 0; row < rows; row++) {
      const now = time[row]!;
      const place = claimed[row]!;
      // 1 for ~slot.
      const first = place >>> 31;
      const own = Math.imul(place ^ -first, stride);
      const at = (own + times) >> 1;
      if (first === 1) {
        doubles[at] = now;
        doubles[at + 1] = now;
      }
      const last = doubles[at + 1]!;
      doubles[at + 1] = now;
      record[row] = own;
      isFirst[row] = first;
      age[row] = now - doubles[at]!;
      gap[row] = now - last;
      lasts[row] = last;
      passed[row] = first === 1 ? LONG_AGO : ((now | 0) - (last | 0)) | 0;
    }
  }

  /** Without a branch, for which way it goes is a toss-up. */
  #findTurned(window: WindowName, column: Uint8Array): void {
    const { rows, windows } = this.rows;
    const { seconds, elapsed } = windows[window];
    const passed = this.#passed;
    for (let row = 0; row < rows; row++) {
      const left = (elapsed[row]! - passed[row]!) | 0;
      column[row] = (left >>> 31) + ((left + seconds) >>> 31);
    }
  }

  #findLeft(memory: HalfLife, column: Float64Array): void {
    const { rows } = this.rows;
    const { isFirst } = this;
    const ticks = this.rows.ticks(memory);
    const lasts = this.#last;
    const { ticksPerSecond } = memory;
    for (let row = 0; row < rows; row++) {
      const passed = (ticks[row]! - ((lasts[row]! * ticksPerSecond) | 0)) | 0;
      column[row] = isFirst[row] === 0 ? leftAfter(passed) : 0;
    }
  }

  #findSteady(memory: HalfLife, column: Float64Array): void {
    const { rows } = this.rows;
    const { age } = this;
    for (let row = 0; row < rows; row++) column[row] = steadySeconds(memory, age[row]!, 0);
  }

  #takeLogGap({ values, known }: Quantity): void {
    const { rows, scratch } = this.rows;
    const { gap, isFirst } = this;
    logsOfGrowth(gap, 1000, values, rows, scratch);
    for (let row = 0; row < rows; row++) known[row] = 1 - isFirst[row]!;
  }
}

/** Seconds; more than any window has. */
const LONG_AGO = 1 << 30;

function remembered<Key, Column>(map: Map<Key, Column>, key: Key, make: () => Column): Column {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
