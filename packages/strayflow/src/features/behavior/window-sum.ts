import type { WindowName } from "./rows.ts";
import type { Visits } from "./visits.ts";

/**
 * The sum of an amount over one window, for each slot of an entity. A window of W seconds is two buckets of W seconds
 * that lie on the clock, of which the earlier counts with the part of it that is still inside the window: exact where
 * the earlier bucket was filled evenly; a burst fades evenly over the W seconds after its bucket.
 */
export class WindowSum {
  /** By row: the sum before the row. */
  readonly sums: Float64Array;
  readonly #visits: Visits;
  readonly #window: WindowName;
  readonly #amounts: Float64Array;
  /** The sum of the current bucket, then that of the one before. */
  readonly #field: number;

  /** `amounts` are by row; 0, NaN and what is negative add nothing. */
  constructor(visits: Visits, window: WindowName, amounts: Float64Array) {
    this.sums = new Float64Array(amounts.length);
    this.#visits = visits;
    this.#window = window;
    this.#amounts = amounts;
    this.#field = visits.records.reserve(2);
  }

  /** Writes the sums and then adds the rows, once `amounts` are known. */
  update(): void {
    const { slot, turns } = this.#visits;
    const { rows, windows } = this.#visits.rows;
    const { stride, floats } = this.#visits.records;
    const { left, shift } = windows[this.#window];
    const { sums } = this;
    const amounts = this.#amounts;
    const field = this.#field;
    for (let row = 0; row < rows; row++) {
      const at = slot[row]! * stride + field;
      const turn = (turns[row]! >> shift) & 3;
      let now = floats[at]!;
      let before = floats[at + 1]!;
      if (turn !== 0) {
        before = turn === 1 ? now : 0;
        now = 0;
        floats[at] = 0;
        floats[at + 1] = before;
      }
      sums[row] = now + left[row]! * before;
      const amount = amounts[row]!;
      if (amount > 0) floats[at] = now + amount;
    }
  }
}
