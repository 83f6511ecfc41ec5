import type { MatrixData } from "../family.ts";
import type { BehaviorRows, Entity, Window } from "./rows.ts";
import { slotFloats, slotIntegers } from "./slot-array.ts";
import type { SlotArray } from "./slot-array.ts";

/**
 * `count` sums over each of some windows, for each slot of an entity. A window of W seconds is two buckets of W seconds
 * that lie on the clock, of which the earlier counts with the part of it that is still inside the window: exact where
 * the earlier bucket was filled evenly; a burst fades evenly over the W seconds after its bucket.
 */
export class WindowSums {
  readonly stores: readonly SlotArray[];
  readonly #count: number;
  readonly #windows: readonly Window[];
  /** For each window: the sums of the current bucket, then those of the one before. */
  readonly #sums: SlotArray<Float32Array>;
  readonly #buckets: SlotArray<Int32Array>;

  /** Windows from the shortest to the longest. */
  constructor(
    rows: BehaviorRows,
    entity: Entity,
    windows: readonly (keyof BehaviorRows["windows"])[],
    count: number,
  ) {
    this.#count = count;
    this.#windows = windows.map((window) => rows.windows[window]);
    this.#sums = slotFloats(entity, 2 * count * windows.length);
    this.#buckets = slotIntegers(entity, windows.length);
    this.stores = [this.#sums, this.#buckets];
  }

  /** Brings a slot to the time of the row; before its sums are read or added to. */
  roll(slot: number, row: number): void {
    const windows = this.#windows;
    // Every bucket lies inside one of the next longer window: where the shortest is the same, all are.
    if (this.#buckets.data[slot * windows.length] !== windows[0]!.bucket[row]!) this.#turn(slot, row);
  }

  /** One sum; `window` and `sum` by their number. */
  value(slot: number, row: number, window: number, sum: number): number {
    const windows = this.#windows;
    const at = (slot * windows.length + window) * 2 * this.#count + sum;
    const sums = this.#sums.data;
    return sums[at]! + windows[window]!.left[row]! * sums[at + this.#count]!;
  }

  /** Writes 1 + the sum. */
  put(out: MatrixData, to: number, slot: number, row: number, window: number, sum: number): void {
    const windows = this.#windows;
    const at = (slot * windows.length + window) * 2 * this.#count + sum;
    const sums = this.#sums.data;
    out[to] = 1 + sums[at]! + windows[window]!.left[row]! * sums[at + this.#count]!;
  }

  /** Writes 1 + the sum for all windows, from column `to`. */
  putAll(out: MatrixData, to: number, slot: number, row: number, sum: number): void {
    const windows = this.#windows;
    const count = this.#count;
    const sums = this.#sums.data;
    let at = slot * windows.length * 2 * count + sum;
    for (let window = 0; window < windows.length; window++, at += 2 * count) {
      out[to + window] = 1 + sums[at]! + windows[window]!.left[row]! * sums[at + count]!;
    }
  }

  /** Adds 1 to a sum, in all windows. */
  count(slot: number, sum: number): void {
    const step = 2 * this.#count;
    const sums = this.#sums.data;
    const end = (slot + 1) * step * this.#windows.length;
    for (let at = end - step * this.#windows.length + sum; at < end; at += step) sums[at]! += 1;
  }

  /** Adds the row's number of a column to a sum, in all windows; NaN adds nothing. */
  add(slot: number, sum: number, column: Float64Array, row: number): void {
    const amount = column[row]!;
    if (!(amount > 0)) return;
    const step = 2 * this.#count;
    const sums = this.#sums.data;
    const end = (slot + 1) * step * this.#windows.length;
    for (let at = end - step * this.#windows.length + sum; at < end; at += step) sums[at]! += amount;
  }

  #turn(slot: number, row: number): void {
    const windows = this.#windows;
    const count = this.#count;
    const sums = this.#sums.data;
    const buckets = this.#buckets.data;
    for (let window = 0; window < windows.length; window++) {
      const bucket = windows[window]!.bucket[row]!;
      const passed = (bucket - buckets[slot * windows.length + window]!) | 0;
      if (passed === 0) return;
      buckets[slot * windows.length + window] = bucket;
      const at = (slot * windows.length + window) * 2 * count;
      for (let i = at; i < at + count; i++) {
        sums[i + count] = passed === 1 ? sums[i]! : 0;
        sums[i] = 0;
      }
    }
  }
}
