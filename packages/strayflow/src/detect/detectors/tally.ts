import { KeyTable } from "../../features/behavior/key-table.ts";
import { knownSet, levelOf } from "./known-set.ts";
import type { KnownSet } from "./known-set.ts";

/** `stride` sums for each of a bounded number of things; beyond that, those not seen for longest are forgotten. */
export class Tally {
  readonly #table: KeyTable;
  readonly #stride: number;
  #sums: Float64Array;
  #keys = new Uint32Array(2 * FIRST_SLOTS);

  constructor(limit: number, stride: number) {
    this.#table = new KeyTable(limit);
    this.#stride = stride;
    this.#sums = new Float64Array(FIRST_SLOTS * stride);
  }

  claim(low: number, high: number): { readonly slot: number; readonly isNew: boolean } {
    const claimed = this.#table.claim(low, high);
    if (claimed >= 0) return { slot: claimed, isNew: false };
    const slot = ~claimed;
    const stride = this.#stride;
    if ((slot + 1) * stride > this.#sums.length) this.#grow();
    this.#sums.fill(0, slot * stride, (slot + 1) * stride);
    this.#keys[2 * slot] = low;
    this.#keys[2 * slot + 1] = high;
    return { slot, isNew: true };
  }

  add(slot: number, which: number, value: number): void {
    this.#sums[slot * this.#stride + which]! += value;
  }

  sum(slot: number, which: number): number {
    return this.#sums[slot * this.#stride + which]!;
  }

  /** Those for which `amounts` gives `count` amounts. */
  toSet(
    print: (low: number, high: number) => number,
    count: number,
    amounts: (sum: (which: number) => number) => readonly number[] | undefined,
  ): KnownSet {
    const prints: number[] = [];
    const levels: number[] = [];
    for (let slot = 0; slot < this.#table.used; slot++) {
      const found = amounts((which) => this.sum(slot, which));
      if (found === undefined) continue;
      prints.push(print(this.#keys[2 * slot]!, this.#keys[2 * slot + 1]!));
      for (const value of found) levels.push(levelOf(value));
    }
    return knownSet(prints, count, levels);
  }

  #grow(): void {
    const sums = new Float64Array(2 * this.#sums.length);
    sums.set(this.#sums);
    this.#sums = sums;
    const keys = new Uint32Array(2 * this.#keys.length);
    keys.set(this.#keys);
    this.#keys = keys;
  }
}

const FIRST_SLOTS = 256;
