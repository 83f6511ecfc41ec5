import { permutation } from "../base/random.ts";
import type { Random } from "../base/random.ts";
import type { MatrixRows } from "./matrix-rows.ts";
import { gatherKept } from "./scaler.ts";

/** Rows that are read from the matrix in one piece. */
const BLOCK_ROWS = 64;
/** Blocks whose rows are mixed with each other; the window they make should fit the second-level cache. */
const WINDOW_BLOCKS = 128;

/**
 * Deals out all rows of a matrix in random order, some of their columns, again and again. Short runs of neighbouring
 * rows are drawn at random into a window, and the window's rows are shuffled: a mini-batch comes from all over the
 * matrix, while reading stays kind to caches and files. Up to 8,192 rows the order is a plain permutation. Where the matrix lies does
 * not matter to the order.
 */
export class ShuffledRows {
  readonly #matrix: MatrixRows;
  readonly #random: Random;
  readonly #kept: Uint32Array;
  readonly #window: Float32Array;
  #blocks: Uint32Array = new Uint32Array(0);
  #nextBlock = 0;
  #order: Uint32Array = new Uint32Array(0);
  #nextRow = 0;

  constructor(matrix: MatrixRows, kept: Uint32Array, random: Random) {
    this.#matrix = matrix;
    this.#random = random;
    this.#kept = kept;
    this.#window = new Float32Array(Math.min(matrix.rows, BLOCK_ROWS * WINDOW_BLOCKS) * matrix.width);
  }

  /** Starts a new round over all rows. */
  restart(): void {
    this.#blocks = permutation(Math.ceil(this.#matrix.rows / BLOCK_ROWS), this.#random);
    this.#nextBlock = 0;
    this.#order = new Uint32Array(0);
    this.#nextRow = 0;
  }

  /** Writes up to `rows` rows into `out`, from row `at` on, and returns how many: fewer only at the end of the round. */
  deal(out: Float32Array, rows: number, at = 0): number {
    let done = 0;
    while (done < rows) {
      if (this.#nextRow === this.#order.length && !this.#loadWindow()) break;
      const part = Math.min(rows - done, this.#order.length - this.#nextRow);
      gatherKept(
        this.#window,
        this.#matrix.width,
        this.#order,
        this.#nextRow,
        part,
        this.#kept,
        out,
        at + done,
      );
      this.#nextRow += part;
      done += part;
    }
    return done;
  }

  #loadWindow(): boolean {
    const { width, rows } = this.#matrix;
    let loaded = 0;
    const end = Math.min(this.#nextBlock + WINDOW_BLOCKS, this.#blocks.length);
    for (; this.#nextBlock < end; this.#nextBlock++) {
      const start = this.#blocks[this.#nextBlock]! * BLOCK_ROWS;
      const count = Math.min(BLOCK_ROWS, rows - start);
      this.#matrix.read(start, count, this.#window.subarray(loaded * width, (loaded + count) * width));
      loaded += count;
    }
    this.#order = permutation(loaded, this.#random);
    this.#nextRow = 0;
    return loaded > 0;
  }
}
