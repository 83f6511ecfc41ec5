import type { MatrixData } from "../family.ts";
import { LEAST_SPREAD, MOST_DEVIATIONS, PRIOR_WEIGHT } from "./damped-moments.ts";
import type { HalfLife } from "./half-life.ts";
import type { Visits } from "./visits.ts";

/** Columns of the matrix that `Moments.fill` is to write, counted from the family's first one; absent ones are not written. */
export interface MomentColumns {
  /** How many spreads the row lies above the mean, see `DampedMoments.putDeviations`. */
  readonly deviation?: number;
  /** 0 before any was seen. */
  readonly mean?: number;
  /** See `DampedMoments.putSpread`. */
  readonly spread?: number;
}

/**
 * Damped weight, mean and sum of squared deviations of a quantity for each slot of an entity: `DampedMoments` for all
 * rows at a time.
 */
export class Moments {
  readonly #visits: Visits;
  readonly #left: Float64Array;
  readonly #quantity: Float32Array;
  readonly #field: number;

  /** The quantity is a column by row; NaN is not counted. */
  constructor(visits: Visits, memory: HalfLife, quantity: Float32Array) {
    this.#visits = visits;
    this.#left = visits.left(memory);
    this.#quantity = quantity;
    this.#field = visits.records.reserve(3);
  }

  /** Writes what is asked for and then adds the rows. */
  fill(
    out: MatrixData,
    width: number,
    at: number,
    { deviation = NONE, mean: meanColumn = NONE, spread = NONE }: MomentColumns,
  ): void {
    const { slot, isFirst } = this.#visits;
    const { rows } = this.#visits.rows;
    const { stride, floats } = this.#visits.records;
    const left = this.#left;
    const quantity = this.#quantity;
    const field = this.#field;
    for (let row = 0, to = at; row < rows; row++, to += width) {
      const from = slot[row]! * stride + field;
      const share = left[row]!;
      const weight = Math.fround(floats[from]! * share);
      const mean = isFirst[row] === 1 ? 0 : floats[from + 1]!;
      const squares = Math.fround(floats[from + 2]! * share);
      const now = quantity[row]!;
      const scale = 1 / (weight + PRIOR_WEIGHT);
      const variance = (squares + PRIOR_WEIGHT) * scale;
      const off = now - mean;
      if (deviation !== NONE) {
        const z =
          (off * weight * scale) / Math.sqrt(variance > LEAST_SPREAD ** 2 ? variance : LEAST_SPREAD ** 2);
        out[to + deviation] =
          z > MOST_DEVIATIONS ? MOST_DEVIATIONS : z < -MOST_DEVIATIONS ? -MOST_DEVIATIONS : z === z ? z : 0;
      }
      if (spread !== NONE) out[to + spread] = Math.sqrt(variance);
      if (meanColumn !== NONE) out[to + meanColumn] = mean;
      if (now === now) {
        const step = off / (weight + 1);
        floats[from] = weight + 1;
        floats[from + 1] = mean + step;
        floats[from + 2] = squares + off * (off - step);
      } else {
        floats[from] = weight;
        floats[from + 1] = mean;
        floats[from + 2] = squares;
      }
    }
  }
}

const NONE = -1;
