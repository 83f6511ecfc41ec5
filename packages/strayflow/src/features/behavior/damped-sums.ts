import { left } from "./half-life.ts";
import type { HalfLife } from "./half-life.ts";
import type { BehaviorRows, Entity } from "./rows.ts";
import { slotFloats, slotIntegers } from "./slot-array.ts";
import type { SlotArray } from "./slot-array.ts";

/** `count` sums for each slot of an entity, all fading with one half-life: `sums.data[slot * count + i]`. */
export class DampedSums {
  readonly stores: readonly SlotArray[];
  readonly sums: SlotArray<Float32Array>;
  readonly #count: number;
  readonly #lastTick: SlotArray<Int32Array>;
  readonly #ticks: Int32Array;

  constructor(rows: BehaviorRows, entity: Entity, memory: HalfLife, count: number) {
    this.#count = count;
    this.#ticks = rows.ticks(memory);
    this.sums = slotFloats(entity, count);
    this.#lastTick = slotIntegers(entity, 1);
    this.stores = [this.sums, this.#lastTick];
  }

  /** Lets the sums of a slot fade up to the time of the row; before they are read or added to. */
  fade(slot: number, row: number): void {
    const lastTick = this.#lastTick.data;
    const now = this.#ticks[row]!;
    const passed = (now - lastTick[slot]!) | 0;
    if (passed === 0) return;
    lastTick[slot] = now;
    const share = left(passed);
    const sums = this.sums.data;
    const end = (slot + 1) * this.#count;
    for (let i = end - this.#count; i < end; i++) sums[i]! *= share;
  }
}
