import type { HalfLife } from "./half-life.ts";
import { startOf } from "./row-columns.ts";
import type { WindowName } from "./rows.ts";
import type { Visits } from "./visits.ts";

/**
 * Sums of amounts for each slot of an entity, over windows or fading with a half-life. All sums of a row together: rows of
 * one host follow each other closely, and a loop over one sum alone would wait for the row before.
 *
 * A window of W seconds is two buckets of W seconds that lie on the clock, of which the earlier counts with the part of it
 * that is still inside the window: exact where the earlier bucket was filled evenly; a burst fades evenly over the W
 * seconds after its bucket.
 */
export class Sums {
  readonly #visits: Visits;
  /** For each sum over a window: field, shift of the window's turns, and where three columns start: left, amounts, sums. */
  #windowed = new Int32Array();
  /** For each sum that fades: field, and where three columns start: left, amounts, sums. */
  #fading = new Int32Array();

  constructor(visits: Visits) {
    this.#visits = visits;
  }

  /** A column of the sums before each row. `amounts` are one of the columns of the rows, never below 0 and never NaN. */
  inWindow(window: WindowName, amounts: Float64Array): Float64Array {
    const { rows, records } = this.#visits;
    const { left, shift } = rows.windows[window];
    const sums = rows.columns.take();
    const plan = [records.reserve(2), shift, startOf(left), startOf(amounts), startOf(sums)];
    this.#windowed = Int32Array.of(...this.#windowed, ...plan);
    return sums;
  }

  /** The same of sums that halve with every half-life. */
  fading(memory: HalfLife, amounts: Float64Array): Float64Array {
    const { rows, records } = this.#visits;
    const left = this.#visits.left(memory);
    const sums = rows.columns.take();
    const plan = [records.reserve(1), startOf(left), startOf(amounts), startOf(sums)];
    this.#fading = Int32Array.of(...this.#fading, ...plan);
    return sums;
  }

  /** Writes the sums and then adds the rows, once their amounts are known. */
  update(): void {
    this.#updateWindowed();
    this.#updateFading();
  }

  #updateWindowed(): void {
    const { slot, turns } = this.#visits;
    const { rows, columns } = this.#visits.rows;
    const { stride, floats } = this.#visits.records;
    const { values } = columns;
    const plan = this.#windowed;
    for (let row = 0; row < rows; row++) {
      const record = slot[row]! * stride;
      const turn = turns[row]!;
      for (let i = 0; i < plan.length; i += 5) {
        const at = record + plan[i]!;
        const passed = (turn >> plan[i + 1]!) & 3;
        const left = values[plan[i + 2]! + row]!;
        const amount = values[plan[i + 3]! + row]!;
        if (passed === 0) {
          const now = floats[at]!;
          values[plan[i + 4]! + row] = now + left * floats[at + 1]!;
          floats[at] = now + amount;
        } else {
          const before = passed === 1 ? floats[at]! : 0;
          values[plan[i + 4]! + row] = left * before;
          floats[at] = amount;
          floats[at + 1] = before;
        }
      }
    }
  }

  #updateFading(): void {
    const { slot } = this.#visits;
    const { rows, columns } = this.#visits.rows;
    const { stride, floats } = this.#visits.records;
    const { values } = columns;
    const plan = this.#fading;
    for (let row = 0; row < rows; row++) {
      const record = slot[row]! * stride;
      for (let i = 0; i < plan.length; i += 4) {
        const at = record + plan[i]!;
        const sum = floats[at]! * values[plan[i + 1]! + row]!;
        values[plan[i + 3]! + row] = sum;
        floats[at] = sum + values[plan[i + 2]! + row]!;
      }
    }
  }
}
