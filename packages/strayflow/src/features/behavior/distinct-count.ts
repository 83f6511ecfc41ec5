import type { MatrixData } from "../family.ts";
import type { WindowName } from "./rows.ts";
import type { Visits } from "./visits.ts";

/**
 * How many distinct things each slot of an entity saw in a window, in 48 bytes whatever the number: standard error 15 %,
 * a few per cent up to ten things, from 1 to about a million.
 *
 * Two HyperLogLog sketches of 32 registers of 4 bits: one of the current bucket of W seconds on the clock, one of the
 * current and the bucket before it. Counts are kept as the sketches change, each change weighted by the inverse of its
 * probability (the martingale or "HIP" estimator of Ting 2014 and Cohen 2015), which is unbiased from the first thing
 * on. What only the earlier bucket saw counts with the part of it that is still inside the window.
 */
export class DistinctCount {
  readonly #visits: Visits;
  readonly #turned: Uint8Array;
  readonly #left: Float64Array;
  readonly #things: Int32Array;
  /** Registers of the current bucket, then of both; COUNT and CHANGE of the current bucket, then of both. */
  readonly #field: number;

  /** `things` are a column by row of what `sketchMark` gives. */
  constructor(visits: Visits, window: WindowName, things: Int32Array) {
    this.#visits = visits;
    this.#turned = visits.turned(window);
    this.#left = visits.rows.windows[window].left;
    this.#things = things;
    this.#field = visits.records.reserve(12);
  }

  /** Writes 1 + the number of distinct things before the row into column `at`, and then adds the rows. */
  fill(out: MatrixData, width: number, at: number): void {
    const { record } = this.#visits;
    const { rows } = this.#visits.rows;
    const { floats, words } = this.#visits.records;
    const turned = this.#turned;
    const left = this.#left;
    const things = this.#things;
    const field = this.#field;
    let to = at;
    // Written out, for a call or an inner loop would make the compiler check all arrays anew for every row.
    for (let row = 0; row < rows; row++) {
      const own = (record[row]! + field) | 0;
      const passed = turned[row]!;
      if (passed !== 0) {
        // All bits where the bucket becomes the one before, none where it is long over.
        const keep = (passed - 2) >> 31;
        words[own + BOTH] = words[own]! & keep;
        words[own + BOTH + 1] = words[own + 1]! & keep;
        words[own + BOTH + 2] = words[own + 2]! & keep;
        words[own + BOTH + 3] = words[own + 3]! & keep;
        words[own] = 0;
        words[own + 1] = 0;
        words[own + 2] = 0;
        words[own + 3] = 0;
        // Floats by their bits.
        words[own + COUNT_BOTH] = words[own + COUNT]! & keep;
        words[own + CHANGE_BOTH] = words[own + CHANGE]! & keep;
        words[own + COUNT] = 0;
        words[own + CHANGE] = 0;
      }
      const count = floats[own + COUNT]!;
      out[to] = 1 + count + left[row]! * (floats[own + COUNT_BOTH]! - count);
      to = (to + width) | 0;

      const mark = things[row]!;
      const rank = mark & 15;
      const place = (mark >> 4) & 28;
      const word = (own + (mark >> 9)) | 0;
      const registers = words[word]!;
      const before = (registers >>> place) & 15;
      if (rank > before) {
        const change = floats[own + CHANGE]!;
        words[word] = registers + ((rank - before) << place);
        floats[own + COUNT] = count + 1 / (1 - change);
        floats[own + CHANGE] = change + changeShare[before]! - changeShare[rank]!;
        // What the current bucket has seen, both have seen.
        const ofBoth = words[word + BOTH]!;
        const beforeOfBoth = (ofBoth >>> place) & 15;
        if (rank > beforeOfBoth) {
          const changeOfBoth = floats[own + CHANGE_BOTH]!;
          words[word + BOTH] = ofBoth + ((rank - beforeOfBoth) << place);
          floats[own + COUNT_BOTH]! += 1 / (1 - changeOfBoth);
          floats[own + CHANGE_BOTH] = changeOfBoth + changeShare[beforeOfBoth]! - changeShare[rank]!;
        }
      }
    }
  }
}

/**
 * The register of a sketch that a thing belongs to and the rank that it raises it to, from a hash of which all 32 bits are
 * well mixed: rank, place of the register in its word (in bits) times 16, number of the word times 512.
 */
export function sketchMark(hash: number): number {
  const register = hash >>> 27;
  const rest = Math.clz32(hash << 5) + 1;
  return (rest < MOST_RANK ? rest : MOST_RANK) | ((register & 7) << 6) | ((register >> 3) << 9);
}

const BOTH = 4;
/** Number of things. */
const COUNT = 8;
/** 1 - (probability that another thing changes the sketch). */
const CHANGE = 9;
const COUNT_BOTH = 10;
const CHANGE_BOTH = 11;
const MOST_RANK = 15;
/** Probability that the next new thing changes a given register of the sketch, by the register's rank; 0 when full. */
const changeShare: Readonly<Float64Array> = Float64Array.from({ length: 16 }, (_, rank) =>
  rank === MOST_RANK ? 0 : 2 ** -rank / 32,
);
