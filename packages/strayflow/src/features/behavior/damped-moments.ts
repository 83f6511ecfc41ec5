import type { MatrixData } from "../family.ts";
import { left } from "./half-life.ts";
import type { HalfLife } from "./half-life.ts";
import type { BehaviorRows, Entity } from "./rows.ts";
import { slotFloats, slotIntegers } from "./slot-array.ts";
import type { SlotArray } from "./slot-array.ts";

/**
 * Damped weight, mean and sum of squared deviations of some quantities for each slot of an entity (Kitsune's damped
 * statistics, in West's 1979 form, which does not lose digits where the deviation is small against the mean).
 * The quantities are columns by row; NaN is not counted.
 */
export class DampedMoments {
  readonly stores: readonly SlotArray[];
  readonly #quantities: readonly Float64Array[];
  readonly #moments: SlotArray<Float32Array>;
  readonly #lastTick: SlotArray<Int32Array>;
  readonly #ticks: Int32Array;

  constructor(rows: BehaviorRows, entity: Entity, memory: HalfLife, quantities: readonly Float64Array[]) {
    this.#quantities = quantities;
    this.#ticks = rows.ticks(memory);
    this.#moments = slotFloats(entity, 3 * quantities.length);
    this.#lastTick = slotIntegers(entity, 1);
    this.stores = [this.#moments, this.#lastTick];
  }

  /** Lets the memory of a slot fade up to the time of the row; before it is read or added to. */
  fade(slot: number, row: number): void {
    const lastTick = this.#lastTick.data;
    const now = this.#ticks[row]!;
    const passed = (now - lastTick[slot]!) | 0;
    if (passed === 0) return;
    lastTick[slot] = now;
    const share = left(passed);
    const moments = this.#moments.data;
    const size = 3 * this.#quantities.length;
    for (let i = slot * size; i < (slot + 1) * size; i += 3) {
      moments[i]! *= share;
      moments[i + 2]! *= share;
    }
  }

  /** Writes the mean of one quantity, 0 before any was seen. */
  putMean(out: MatrixData, to: number, slot: number, quantity: number): void {
    out[to] = this.#moments.data[(slot * this.#quantities.length + quantity) * 3 + 1]!;
  }

  /**
   * Writes, for all quantities from column `to`, how many such deviations the row lies above the mean: -10 to 10. Drawn
   * towards 0 while observations are few, 0 where the row states nothing; a spread below `LEAST_SPREAD` counts as that.
   */
  putDeviations(out: MatrixData, to: number, slot: number, row: number): void {
    const quantities = this.#quantities;
    const moments = this.#moments.data;
    let at = slot * 3 * quantities.length;
    for (let i = 0; i < quantities.length; i++, at += 3) {
      const now = quantities[i]![row]!;
      const weight = moments[at]!;
      const squares = moments[at + 2]! + PRIOR_WEIGHT;
      const scale = 1 / (weight + PRIOR_WEIGHT);
      const variance = squares * scale > LEAST_SPREAD ** 2 ? squares * scale : LEAST_SPREAD ** 2;
      const z = ((now - moments[at + 1]!) * weight * scale) / Math.sqrt(variance);
      out[to + i] =
        z > MOST_DEVIATIONS ? MOST_DEVIATIONS : z < -MOST_DEVIATIONS ? -MOST_DEVIATIONS : z === z ? z : 0;
    }
  }

  /** Counts the row. */
  add(slot: number, row: number): void {
    const quantities = this.#quantities;
    const moments = this.#moments.data;
    let at = slot * 3 * quantities.length;
    for (let i = 0; i < quantities.length; i++, at += 3) {
      const now = quantities[i]![row]!;
      if (now !== now) continue;
      const weight = moments[at]! + 1;
      const before = now - moments[at + 1]!;
      const step = before / weight;
      moments[at] = weight;
      moments[at + 1]! += step;
      moments[at + 2]! += before * (before - step);
    }
  }
}

export const PRIOR_WEIGHT = 4;
export const LEAST_SPREAD = 0.1;
export const MOST_DEVIATIONS = 10;
