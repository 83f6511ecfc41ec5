import type { HalfLife } from "./half-life.ts";
import type { Visits } from "./visits.ts";

/** The sum of an amount for each slot of an entity, which halves with every half-life. */
export class FadingSum {
  /** By row: the sum before the row. */
  readonly sums: Float64Array;
  readonly #visits: Visits;
  readonly #left: Float64Array;
  readonly #amounts: Float64Array;
  readonly #field: number;

  /** `amounts` are by row; 0, NaN and what is negative add nothing. */
  constructor(visits: Visits, memory: HalfLife, amounts: Float64Array) {
    this.sums = new Float64Array(amounts.length);
    this.#visits = visits;
    this.#left = visits.left(memory);
    this.#amounts = amounts;
    this.#field = visits.records.reserve(1);
  }

  /** Writes the sums and then adds the rows, once `amounts` are known. */
  update(): void {
    const { slot } = this.#visits;
    const { rows } = this.#visits.rows;
    const { stride, floats } = this.#visits.records;
    const { sums } = this;
    const left = this.#left;
    const amounts = this.#amounts;
    const field = this.#field;
    for (let row = 0; row < rows; row++) {
      const at = slot[row]! * stride + field;
      // To a float first, so that a sum does not depend on whether a row in between had an amount.
      const sum = Math.fround(floats[at]! * left[row]!);
      sums[row] = sum;
      const amount = amounts[row]!;
      floats[at] = amount > 0 ? sum + amount : sum;
    }
  }
}
