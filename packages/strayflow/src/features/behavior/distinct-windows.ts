import type { MatrixData } from "../family.ts";
import type { BehaviorRows, Window } from "./rows.ts";
import { slotFloats, slotIntegers, slotWords } from "./slot-array.ts";
import type { SlotArray, SlotOwner } from "./slot-array.ts";

/**
 * How many distinct things each slot of an entity saw in each of some windows, in 52 bytes a window whatever the number:
 * standard error 15 %, a few per cent up to ten things, from 1 to about a million.
 *
 * For each window, two HyperLogLog sketches of 32 registers of 4 bits: one of the current bucket of W seconds on the
 * clock, one of the current and the bucket before it. Counts are kept as the sketches change, each change weighted by
 * the inverse of its probability (the martingale or "HIP" estimator of Ting 2014 and Cohen 2015), which is unbiased
 * from the first thing on. What only the earlier bucket saw counts with the part of it that is still inside the window.
 */
export class DistinctWindows {
  readonly stores: readonly SlotArray[];
  readonly #windows: readonly Window[];
  /** For each window: registers of the current bucket, then of both buckets. */
  readonly #registers: SlotArray<Uint32Array>;
  /** For each window: count and 1 - (probability of a change) of the current bucket, then of both. */
  readonly #counts: SlotArray<Float32Array>;
  readonly #buckets: SlotArray<Int32Array>;

  /** Windows from the shortest to the longest. */
  constructor(rows: BehaviorRows, entity: SlotOwner, windows: readonly (keyof BehaviorRows["windows"])[]) {
    this.#windows = windows.map((window) => rows.windows[window]);
    this.#registers = slotWords(entity, 2 * WORDS * windows.length);
    this.#counts = slotFloats(entity, 4 * windows.length);
    this.#buckets = slotIntegers(entity, windows.length);
    this.stores = [this.#registers, this.#counts, this.#buckets];
  }

  /** Brings a slot to the time of the row; before it is read or added to. */
  roll(slot: number, row: number): void {
    const windows = this.#windows;
    // Every bucket lies inside one of the next longer window: where the shortest is the same, all are.
    if (this.#buckets.data[slot * windows.length] !== windows[0]!.bucket[row]!) this.#turn(slot, row);
  }

  value(slot: number, row: number, window: number): number {
    const at = (slot * this.#windows.length + window) * 4;
    const counts = this.#counts.data;
    return counts[at]! + this.#windows[window]!.left[row]! * (counts[at + 2]! - counts[at]!);
  }

  /** Writes 1 + the number of distinct things for all windows, from column `to`. */
  putAll(out: MatrixData, to: number, slot: number, row: number): void {
    const windows = this.#windows;
    const counts = this.#counts.data;
    let at = slot * windows.length * 4;
    for (let window = 0; window < windows.length; window++, at += 4) {
      const now = counts[at]!;
      out[to + window] = 1 + now + windows[window]!.left[row]! * (counts[at + 2]! - now);
    }
  }

  /** Adds a thing by its hash, all 32 bits of which must be well mixed. */
  add(slot: number, hash: number): void {
    const registers = this.#registers.data;
    const windows = this.#windows.length;
    const register = hash >>> (32 - REGISTER_BITS);
    const shift = (register & 7) * 4;
    const rest = Math.clz32(hash << REGISTER_BITS) + 1;
    const rank = rest < MOST_RANK ? rest : MOST_RANK;
    let at = slot * windows * 2 * WORDS + (register >>> 3);
    for (let window = 0; window < windows; window++, at += 2 * WORDS) {
      const now = (registers[at]! >>> shift) & 15;
      // What the shortest bucket has seen, the longer ones have seen as well.
      if (rank <= now) return;
      registers[at] = (registers[at]! & ~(15 << shift)) | (rank << shift);
      this.#countChange((slot * windows + window) * 4, now, rank);
      const both = (registers[at + WORDS]! >>> shift) & 15;
      if (rank <= both) continue;
      registers[at + WORDS] = (registers[at + WORDS]! & ~(15 << shift)) | (rank << shift);
      this.#countChange((slot * windows + window) * 4 + 2, both, rank);
    }
  }

  #countChange(at: number, from: number, to: number): void {
    const counts = this.#counts.data;
    counts[at]! += 1 / (1 - counts[at + 1]!);
    counts[at + 1]! += changeShare[from]! - changeShare[to]!;
  }

  #turn(slot: number, row: number): void {
    const windows = this.#windows;
    const buckets = this.#buckets.data;
    const registers = this.#registers.data;
    const counts = this.#counts.data;
    for (let window = 0; window < windows.length; window++) {
      const part = slot * windows.length + window;
      const bucket = windows[window]!.bucket[row]!;
      const passed = (bucket - buckets[part]!) | 0;
      if (passed === 0) return;
      buckets[part] = bucket;
      const keep = passed === 1;
      const first = part * 2 * WORDS;
      for (let i = first; i < first + WORDS; i++) {
        registers[i + WORDS] = keep ? registers[i]! : 0;
        registers[i] = 0;
      }
      const at = part * 4;
      counts[at + 2] = keep ? counts[at]! : 0;
      counts[at + 3] = keep ? counts[at + 1]! : 0;
      counts[at] = 0;
      counts[at + 1] = 0;
    }
  }
}

const REGISTER_BITS = 5;
const WORDS = 4;
const MOST_RANK = 15;
/** Probability that the next new thing changes a given register of the sketch, by the register's rank; 0 when full. */
const changeShare: Readonly<Float64Array> = Float64Array.from({ length: 16 }, (_, rank) =>
  rank === MOST_RANK ? 0 : 2 ** -rank / 32,
);
