import type { Random } from "../base/random.ts";
import { levelsOf, type ColumnLevels } from "./column-levels.ts";

/** Range of one column that holds all but 0.2 % of the rows, and where they lay within it. */
export interface ColumnRange extends ColumnLevels {
  readonly low: number;
  readonly high: number;
}

const sampleRows = 8192;
const outside = 0.001;

/**
 * Ranges of every column from a uniform sample of the rows (reservoir sampling, Vitter's algorithm R), so that memory
 * does not grow with the traffic.
 */
export class RangeLearner {
  readonly #width: number;
  readonly #random: Random;
  readonly #sample: Float32Array;
  #seen = 0;

  constructor(width: number, random: Random) {
    this.#width = width;
    this.#random = random;
    this.#sample = new Float32Array(width * sampleRows);
  }

  /** Takes `rows` rows of a row-major matrix. */
  add(matrix: Float32Array, rows: number): void {
    const width = this.#width;
    for (let row = 0; row < rows; row++) {
      const slot = this.#seen < sampleRows ? this.#seen : this.#random.integer(this.#seen + 1);
      this.#seen++;
      if (slot >= sampleRows) continue;
      this.#sample.set(matrix.subarray(row * width, row * width + width), slot * width);
    }
  }

  /** One range a column. */
  finish(): ColumnRange[] {
    const rows = Math.min(this.#seen, sampleRows);
    const values = new Float32Array(rows);
    return Array.from({ length: this.#width }, (_, column) => {
      for (let row = 0; row < rows; row++) values[row] = this.#sample[row * this.#width + column]!;
      values.sort();
      return {
        low: values[Math.floor(outside * (rows - 1))] ?? 0,
        high: values[Math.ceil((1 - outside) * (rows - 1))] ?? 0,
        ...(rows > 0 ? levelsOf(values) : { levels: [], atMost: [] }),
      };
    });
  }
}
