/**
 * Counts per 32-bit key, as open addressing in two flat arrays: a lookup costs no allocation. Holds at most `most` keys;
 * counts for further keys are dropped.
 */
export class CountTable {
  #keys = new Uint32Array(1024).fill(EMPTY);
  #counts = new Float64Array(1024);
  #size = 0;
  readonly #most: number;

  constructor(most = Infinity) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** `key` is below 2^32 - 1. */
  add(key: number, count: number): void {
    const slot = this.#slotOf(key);
    if (this.#keys[slot] === key) {
      this.#counts[slot]! += count;
      return;
    }
    if (this.#size >= this.#most) return;
    this.#keys[slot] = key;
    this.#counts[slot] = count;
    this.#size++;
    if (this.#size * 2 > this.#keys.length) this.#grow();
  }

  /** 0 for a key that was never added. */
  get(key: number): number {
    const slot = this.#slotOf(key);
    return this.#keys[slot] === key ? this.#counts[slot]! : 0;
  }

  /** By rising key. */
  entries(): { readonly keys: Uint32Array; readonly counts: Float64Array } {
    const keys = this.#keys.filter((key) => key !== EMPTY).sort();
    return { keys, counts: Float64Array.from(keys, (key) => this.get(key)) };
  }

  #slotOf(key: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let hash = Math.imul(key ^ (key >>> 15), 0x2c1b3c6d);
    hash ^= hash >>> 13;
    let slot = hash & mask;
    while (keys[slot] !== key && keys[slot] !== EMPTY) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const counts = this.#counts;
    this.#keys = new Uint32Array(keys.length * 2).fill(EMPTY);
    this.#counts = new Float64Array(keys.length * 2);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === EMPTY) continue;
      const slot = this.#slotOf(keys[i]!);
      this.#keys[slot] = keys[i]!;
      this.#counts[slot] = counts[i]!;
    }
  }
}

const EMPTY = 0xffffffff;
