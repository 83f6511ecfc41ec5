import type { MatrixData } from "../family.ts";
import type { HalfLife } from "./half-life.ts";
import type { Visits } from "./visits.ts";

/** Columns that `Moments.fill` writes, counted from the family's first; what is absent is not written. */
export interface MomentColumns {
  /**
   * How many spreads the row lies above the mean, -10 to 10. Drawn towards 0 while observations are few, 0 where the row
   * states nothing; a spread below `LEAST_SPREAD` counts as that.
   */
  readonly deviation?: number;
  /** 0 before any was seen. */
  readonly mean?: number;
  /**
   * Standard deviation, as if another `PRIOR_WEIGHT` observations had deviated by 1 (a factor of e where the quantity is a
   * logarithm).
   */
  readonly spread?: number;
}

/** Columns by row. A quantity that is not known is 0, and is not counted. */
export interface Quantity {
  readonly values: Float64Array;
  /** 0 or 1. */
  readonly known: Float64Array;
}

/**
 * Damped weight, mean and sum of squared deviations of a quantity for each slot of an entity (Kitsune's damped statistics,
 * in West's 1979 form, which does not lose digits where the deviation is small against the mean), for all rows at a time.
 */
export class Moments {
  readonly #visits: Visits;
  readonly #left: Float64Array;
  readonly #quantity: Quantity;
  readonly #field: number;
  readonly #deviation: number;
  readonly #mean: number;
  readonly #spread: number;

  constructor(
    visits: Visits,
    memory: HalfLife,
    quantity: Quantity,
    { deviation = NONE, mean = NONE, spread = NONE }: MomentColumns,
  ) {
    this.#visits = visits;
    this.#left = visits.left(memory);
    this.#quantity = quantity;
    this.#field = visits.records.reserve(3);
    this.#deviation = deviation;
    this.#mean = mean;
    this.#spread = spread;
  }

  /** Writes what is asked for, `at` being the family's first column, and then adds the rows. */
  fill(out: MatrixData, width: number, at: number): void {
    const { record, isFirst } = this.#visits;
    const { rows } = this.#visits.rows;
    const { floats } = this.#visits.records;
    const left = this.#left;
    const { values, known } = this.#quantity;
    const field = this.#field;
    const deviation = this.#deviation;
    const meanColumn = this.#mean;
    const spreadColumn = this.#spread;
    // As results of arithmetic: the compiler does not know of an imported constant that it is a number.
    const lowest = -MOST_DEVIATIONS;
    const highest = -lowest;
    const leastVariance = LEAST_SPREAD ** 2;
    const priorWeight = 1 * PRIOR_WEIGHT;
    let to = at;
    for (let row = 0; row < rows; row++) {
      const from = (record[row]! + field) | 0;
      const share = left[row]!;
      const counts = known[row]!;
      const weight = floats[from]! * share;
      const mean = floats[from + 1]! * (1 - isFirst[row]!);
      const squares = floats[from + 2]! * share;
      const seen = weight + priorWeight;
      const spread = squares + priorWeight;
      const off = (values[row]! - mean) * counts;
      if (deviation !== NONE) {
        // Off * weight / seen, over the root of spread / seen, which is at least LEAST_SPREAD.
        const product = spread * seen;
        const least = leastVariance * seen * seen;
        const z = (off * weight) / Math.sqrt(product > least ? product : least);
        out[to + deviation] = z > highest ? highest : z < lowest ? lowest : z;
      }
      if (meanColumn !== NONE) out[to + meanColumn] = mean;
      if (spreadColumn !== NONE) out[to + spreadColumn] = Math.sqrt(spread / seen);
      const step = off / (weight + 1);
      floats[from] = weight + counts;
      floats[from + 1] = mean + step;
      floats[from + 2] = squares + off * (off - step);
      to = (to + width) | 0;
    }
  }
}

const NONE = -1;

const PRIOR_WEIGHT = 4;
const LEAST_SPREAD = 0.1;
const MOST_DEVIATIONS = 10;
