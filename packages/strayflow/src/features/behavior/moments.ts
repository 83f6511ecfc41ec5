import type { MatrixData } from "../family.ts";
import { LEAST_SPREAD, MOST_DEVIATIONS, PRIOR_WEIGHT } from "./damped-moments.ts";
import type { HalfLife } from "./half-life.ts";
import { startOf } from "./row-columns.ts";
import type { Visits } from "./visits.ts";

/** One quantity, and the columns in which its moments are to be written, counted from the family's first; others are not. */
export interface Quantity {
  /** One of the columns of the rows; NaN is not counted. */
  readonly of: Float64Array;
  /** How many spreads the row lies above the mean, see `DampedMoments.putDeviations`. */
  readonly deviation?: number;
  /** 0 before any was seen. */
  readonly mean?: number;
  /** See `DampedMoments.putSpread`. */
  readonly spread?: number;
}

/**
 * Damped weight, mean and sum of squared deviations of some quantities for each slot of an entity: `DampedMoments`, for all
 * rows at a time.
 */
export class Moments {
  readonly #visits: Visits;
  readonly #left: Float64Array;
  /** For each quantity: field, where its column starts, and the columns of deviation, mean and spread. */
  readonly #plan: Int32Array;

  constructor(visits: Visits, memory: HalfLife, quantities: readonly Quantity[]) {
    this.#visits = visits;
    this.#left = visits.left(memory);
    this.#plan = Int32Array.from(
      quantities.flatMap(({ of, deviation = NONE, mean = NONE, spread = NONE }) => [
        visits.records.reserve(3),
        startOf(of),
        deviation,
        mean,
        spread,
      ]),
    );
  }

  /** Writes what is asked for, `at` being the family's first column, and then adds the rows. */
  fill(out: MatrixData, width: number, at: number): void {
    const { slot, isFirst } = this.#visits;
    const { rows, columns } = this.#visits.rows;
    const { stride, floats } = this.#visits.records;
    const { values } = columns;
    const left = this.#left;
    const plan = this.#plan;
    for (let row = 0, to = at; row < rows; row++, to += width) {
      const record = slot[row]! * stride;
      const share = left[row]!;
      const known = 1 - isFirst[row]!;
      for (let i = 0; i < plan.length; i += 5) {
        const from = record + plan[i]!;
        const now = values[plan[i + 1]! + row]!;
        const weight = floats[from]! * share;
        const mean = floats[from + 1]! * known;
        const squares = floats[from + 2]! * share;
        const seen = weight + PRIOR_WEIGHT;
        const spread = squares + PRIOR_WEIGHT;
        const off = now - mean;
        if (plan[i + 2] !== NONE) {
          // Off * weight / seen over the root of spread / seen, which is at least LEAST_SPREAD.
          const product = spread * seen;
          const least = LEAST_SPREAD ** 2 * seen * seen;
          const z = (off * weight) / Math.sqrt(product > least ? product : least);
          out[to + plan[i + 2]!] =
            z > MOST_DEVIATIONS ? MOST_DEVIATIONS : z < -MOST_DEVIATIONS ? -MOST_DEVIATIONS : z === z ? z : 0;
        }
        if (plan[i + 3] !== NONE) out[to + plan[i + 3]!] = mean;
        if (plan[i + 4] !== NONE) out[to + plan[i + 4]!] = Math.sqrt(spread / seen);
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
}

const NONE = -1;
