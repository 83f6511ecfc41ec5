import { KeyTable } from "../../features/behavior/key-table.ts";
import { knownSet, levelOf } from "./known-set.ts";
import type { KnownSet } from "./known-set.ts";

/** Sums for each of a bounded number of things. */
export class Tally {
  sums: Float64Array;
  readonly #table: KeyTable;
  readonly #stride: number;
  #keys = new Uint32Array(512);

  constructor(limit: number, stride: number) {
    this.#table = new KeyTable(limit);
    this.#stride = stride;
    this.sums = new Float64Array(256 * stride);
  }

  claim(low: number, high: number): { slot: number; isNew: boolean } {
    const claimed = this.#table.claim(low, high);
    if (claimed >= 0) return { slot: claimed, isNew: false };
    const slot = ~claimed;
    const stride = this.#stride;
    if ((slot + 1) * stride > this.sums.length) {
      const sums = new Float64Array(2 * this.sums.length);
      sums.set(this.sums);
      this.sums = sums;
      const keys = new Uint32Array(2 * this.#keys.length);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    this.sums.fill(0, slot * stride, (slot + 1) * stride);
    this.#keys[2 * slot] = low;
    this.#keys[2 * slot + 1] = high;
    return { slot, isNew: true };
  }

  /** Those for which `amounts` gives amounts. */
  toSet(
    print: (low: number, high: number) => number,
    count: number,
    amounts: (sums: Float64Array, at: number) => readonly number[] | undefined,
  ): KnownSet {
    const prints: number[] = [];
    const levels: number[] = [];
    for (let slot = 0; slot < this.#table.used; slot++) {
      const found = amounts(this.sums, slot * this.#stride);
      if (found === undefined) continue;
      prints.push(print(this.#keys[2 * slot]!, this.#keys[2 * slot + 1]!));
      for (const amount of found) levels.push(levelOf(amount));
    }
    return knownSet(prints, count, levels);
  }
}

