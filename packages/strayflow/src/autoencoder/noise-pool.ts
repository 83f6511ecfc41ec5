import type { Random } from "../base/random.ts";

const POOL_SIZE = 1 << 18;

/**
 * Random rows at the price of a copy: each row is a stretch, from a random start, of one long run of numbers drawn
 * beforehand. Good enough to disturb training, and the same on every machine, which the runtime's own generator is not.
 */
export class NoisePool {
  readonly #pool: Float32Array;
  readonly #width: number;
  readonly #random: Random;

  /** `draw` gives one number of the run. */
  constructor(width: number, random: Random, draw: (random: Random) => number) {
    this.#width = width;
    this.#random = random;
    this.#pool = new Float32Array(POOL_SIZE + width);
    for (let i = 0; i < this.#pool.length; i++) this.#pool[i] = draw(random);
  }

  /** Fills the first `rows` rows of `out`. */
  fill(out: Float32Array, rows: number): void {
    const pool = this.#pool;
    const width = this.#width;
    for (let row = 0, at = 0; row < rows; row++) {
      const start = this.#random.integer(POOL_SIZE);
      for (let i = 0; i < width; i++) out[at++] = pool[start + i]!;
    }
  }
}
