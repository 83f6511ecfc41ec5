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
export class DistinctWindow {
  readonly #visits: Visits;
  readonly #window: WindowName;
  readonly #hashes: Int32Array;
  /**
   * Registers of the current bucket, then of both buckets; count and 1 - (probability of a change) of the current bucket,
   * then of both.
   */
  readonly #field: number;

  /** Things are told by their hash, a column by row, all 32 bits of which must be well mixed. */
  constructor(visits: Visits, window: WindowName, hashes: Int32Array) {
    this.#visits = visits;
    this.#window = window;
    this.#hashes = hashes;
    this.#field = visits.records.reserve(2 * WORDS + 4);
  }

  /** Writes 1 + the number of distinct things before the row into column `at`, and then adds the rows. */
  fill(out: MatrixData, width: number, at: number): void {
    const { slot, turns } = this.#visits;
    const { rows, windows } = this.#visits.rows;
    const { stride, floats, words } = this.#visits.records;
    const { left, shift } = windows[this.#window];
    const hashes = this.#hashes;
    const field = this.#field;
    for (let row = 0, to = at; row < rows; row++, to += width) {
      const registers = slot[row]! * stride + field;
      const counts = registers + 2 * WORDS;
      const turn = (turns[row]! >> shift) & 3;
      if (turn !== 0) turnBuckets(words, floats, registers, turn === 1);
      const now = floats[counts]!;
      out[to] = 1 + now + left[row]! * (floats[counts + 2]! - now);

      const hash = hashes[row]!;
      const rest = Math.clz32(hash << REGISTER_BITS) + 1;
      const rank = rest < MOST_RANK ? rest : MOST_RANK;
      const word = registers + ((hash >>> (32 - REGISTER_BITS)) >> 3);
      const place = ((hash >>> (32 - REGISTER_BITS)) & 7) * 4;
      if (rank > ((words[word]! >>> place) & 15)) {
        raise(words, floats, word, counts, place, rank);
        // What the current bucket has seen, both have seen.
        raise(words, floats, word + WORDS, counts + 2, place, rank);
      }
    }
  }
}

function raise(
  words: Int32Array,
  floats: Float32Array,
  word: number,
  count: number,
  place: number,
  rank: number,
): void {
  const before = (words[word]! >>> place) & 15;
  if (rank <= before) return;
  words[word] = (words[word]! & ~(15 << place)) | (rank << place);
  floats[count]! += 1 / (1 - floats[count + 1]!);
  floats[count + 1]! += changeShare[before]! - changeShare[rank]!;
}

/** What was the current bucket becomes the one before, if it was that. */
function turnBuckets(words: Int32Array, floats: Float32Array, registers: number, keep: boolean): void {
  for (let i = registers; i < registers + WORDS; i++) {
    words[i + WORDS] = keep ? words[i]! : 0;
    words[i] = 0;
  }
  const counts = registers + 2 * WORDS;
  floats[counts + 2] = keep ? floats[counts]! : 0;
  floats[counts + 3] = keep ? floats[counts + 1]! : 0;
  floats[counts] = 0;
  floats[counts + 1] = 0;
}

const REGISTER_BITS = 5;
const WORDS = 4;
const MOST_RANK = 15;
/** Probability that the next new thing changes a given register of the sketch, by the register's rank; 0 when full. */
const changeShare: Readonly<Float64Array> = Float64Array.from({ length: 16 }, (_, rank) =>
  rank === MOST_RANK ? 0 : 2 ** -rank / 32,
);
