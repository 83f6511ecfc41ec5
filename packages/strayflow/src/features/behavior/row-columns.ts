import { assert } from "../../base/errors.ts";

/**
 * Columns of numbers by row that lie in one piece of memory, so that a loop over the columns of a row needs no more than
 * where each begins: row `row` of a column is `values[startOf(column) + row]`.
 */
export class RowColumns {
  readonly rows: number;
  readonly values: Float64Array;
  #taken = 0;

  /** Room for at most `columns` columns of `rows` rows. */
  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.values = new Float64Array(rows * columns);
  }

  /** A new column of 0. */
  take(): Float64Array {
    const from = this.#taken++ * this.rows;
    assert(from + this.rows <= this.values.length, `there is no room for ${this.#taken} columns`);
    return this.values.subarray(from, from + this.rows);
  }
}

/** Where a column begins in the memory that it is part of. */
export function startOf(column: Float64Array | Int32Array): number {
  return column.byteOffset / column.BYTES_PER_ELEMENT;
}
