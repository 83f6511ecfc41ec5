import type { ByteReader, ByteWriter } from "../../base/bytes.ts";

/**
 * Gives every key a slot, a small whole number under which its memory is kept, and forgets keys once `limit` are known.
 * A key is a fingerprint of 64 bits: two of a hundred thousand keys share one with a probability of 3e-10.
 *
 * Open addressing with linear probing, at most half full. What to forget is decided by a clock with counters: each use of a key
 * counts up to 15, the hand counts down and takes the first slot at 0. So a flood of addresses that are seen once
 * replaces its own kind, and a host in regular use survives up to 15 floods of the whole table.
 */
export class KeyTable {
  readonly limit: number;
  /** Slots 0 to `used - 1` are taken. Never shrinks. */
  used = 0;
  #keys: Int32Array = new Int32Array(2 * FIRST_SLOTS);
  #uses: Uint8Array = new Uint8Array(FIRST_SLOTS);
  /** Slot + 1 by hash, 0 where empty. */
  #index: Int32Array = new Int32Array(SPARE * FIRST_SLOTS);
  #hand = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The slot of a known key, or `~slot` where the slot now belongs to a key that was not known. */
  claim(low: number, high: number): number {
    const index = this.#index;
    const keys = this.#keys;
    const mask = index.length - 1;
    let at = low & mask;
    for (let entry = index[at]!; entry !== 0; entry = index[at]!) {
      const slot = entry - 1;
      if (keys[2 * slot] === (low | 0) && keys[2 * slot + 1] === (high | 0)) {
        if (this.#uses[slot]! < MOST_USES) this.#uses[slot]!++;
        return slot;
      }
      at = (at + 1) & mask;
    }
    return ~this.#take(low, high);
  }

  /** Claims a slot for each of the first `rows` keys, one after the other, as `claim` does. */
  claimAll(lows: Int32Array, highs: Int32Array, slots: Int32Array, rows: number): void {
    let keys = this.#keys;
    let uses = this.#uses;
    let index = this.#index;
    let mask = index.length - 1;
    // Nobody waits for these reads, so the processor does several at a time; the next loop finds them in its cache.
    for (let row = 0; row < rows; row++) slots[row] = index[lows[row]! & mask]!;
    for (let row = 0; row < rows; row++) {
      const low = lows[row]!;
      const high = highs[row]!;
      let at = low & mask;
      let slot = index[at]! - 1;
      while (slot >= 0 && (keys[2 * slot] !== low || keys[2 * slot + 1] !== high)) {
        at = (at + 1) & mask;
        slot = index[at]! - 1;
      }
      if (slot >= 0) {
        slots[row] = slot;
        if (uses[slot]! < MOST_USES) uses[slot]!++;
      } else {
        slots[row] = ~this.#take(low, high);
        keys = this.#keys;
        uses = this.#uses;
        index = this.#index;
        mask = index.length - 1;
      }
    }
  }

  write(out: ByteWriter): void {
    out.uint32(this.#hand);
    out.uint32Array(new Uint32Array(this.#keys.buffer, 0, 2 * this.used));
    out.bytes(this.#uses.subarray(0, this.used));
  }

  /** Takes over what `write` wrote, into a table that is still empty and has the same limit. */
  read(input: ByteReader): void {
    const hand = input.uint32();
    const keys = input.uint32Array();
    const uses = input.bytes();
    input.expect(keys.length === 2 * uses.length, `it has ${keys.length} key words for ${uses.length} slots`);
    input.expect(
      uses.length <= this.limit,
      `it has ${uses.length} slots where at most ${this.limit} are allowed`,
    );
    input.expect(hand < this.limit, `its hand stands at slot ${hand} of ${this.limit}`);
    this.#hand = hand;
    for (let slot = 0; slot < uses.length; slot++) {
      this.#take(keys[2 * slot]!, keys[2 * slot + 1]!);
      this.#uses[slot] = uses[slot]!;
    }
  }

  #take(low: number, high: number): number {
    if (this.used < this.limit && SPARE * this.used >= this.#index.length) this.#grow();
    const slot = this.used < this.limit ? this.used++ : this.#evict();
    this.#keys[2 * slot] = low;
    this.#keys[2 * slot + 1] = high;
    this.#uses[slot] = 0;
    this.#insert(slot);
    return slot;
  }

  #insert(slot: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let at = this.#keys[2 * slot]! & mask;
    while (index[at] !== 0) at = (at + 1) & mask;
    index[at] = slot + 1;
  }

  #grow(): void {
    const slots = (2 / SPARE) * this.#index.length;
    const keys = new Int32Array(2 * slots);
    keys.set(this.#keys);
    const uses = new Uint8Array(slots);
    uses.set(this.#uses);
    this.#keys = keys;
    this.#uses = uses;
    this.#index = new Int32Array(SPARE * slots);
    for (let slot = 0; slot < this.used; slot++) this.#insert(slot);
  }

  #evict(): number {
    const uses = this.#uses;
    let hand = this.#hand;
    while (uses[hand]! > 0) {
      uses[hand]!--;
      hand = hand + 1 === this.limit ? 0 : hand + 1;
    }
    this.#hand = hand + 1 === this.limit ? 0 : hand + 1;
    this.#remove(hand);
    return hand;
  }

  /** Empties the entry and moves later ones of its run back, so that no search ends too early (Knuth 6.4, algorithm R). */
  #remove(slot: number): void {
    const index = this.#index;
    const keys = this.#keys;
    const mask = index.length - 1;
    let hole = keys[2 * slot]! & mask;
    while (index[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = keys[2 * (index[at]! - 1)]! & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = index[at]!;
        hole = at;
      }
    }
    index[hole] = 0;
  }
}

/** A power of two, for the index is masked. */
const FIRST_SLOTS = 256;
/** Entries of the index for each slot; a power of two. */
const SPARE = 2;
const MOST_USES = 15;
