import duckdb from "@duckdb/node-bindings";
import { DuckDBDataChunk, type DuckDBAppender, type DuckDBType } from "@duckdb/node-api";
import { isAscii } from "node:buffer";

/** Rows that the engine takes at a time. */
export const CHUNK_ROWS = 2048;

const HIGH = 2 ** 32;

/** Ranges of a text, one a row. */
export interface TextSpans {
  readonly text: Uint8Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** Whether all of the text is, so that no range need be looked at. */
  readonly isAscii: boolean;
}

/**
 * Fills the memory of one chunk column by column, in the order of the table, and hands it to an appender. The node
 * package's own setters take a call and a check per value, ten times the time; so this copies whole columns by the
 * bindings that they are made of.
 */
export class ChunkWriter {
  readonly #chunk: DuckDBDataChunk;
  readonly #halves = new Uint32Array(CHUNK_ROWS * 2);
  readonly #numbers = new Float64Array(CHUNK_ROWS);
  readonly #small = new Uint16Array(CHUNK_ROWS);
  readonly #bytes = new Uint8Array(CHUNK_ROWS);
  readonly #valid = new Uint32Array(CHUNK_ROWS / 32);
  #rows = 0;
  #column = 0;

  constructor(types: readonly DuckDBType[]) {
    this.#chunk = DuckDBDataChunk.create(types);
  }

  begin(rows: number): void {
    this.#chunk.reset();
    this.#chunk.rowCount = rows;
    this.#rows = rows;
    this.#column = 0;
  }

  append(appender: DuckDBAppender): void {
    appender.appendDataChunk(this.#chunk);
  }

  /** BIGINT: `first`, `first + 1`, ... */
  sequence(first: number): void {
    const halves = this.#halves;
    for (let row = 0; row < this.#rows; row++) setWhole(halves, row, first + row);
    this.#copy(this.#next(), halves, 8);
  }

  /** UINTEGER or UTINYINT: the same in all rows. */
  constant(value: number, width: 1 | 4): void {
    const values = width === 4 ? this.#halves : this.#bytes;
    values.fill(value, 0, this.#rows);
    this.#copy(this.#next(), values, width);
  }

  /** BIGINT: microseconds of values in seconds. */
  micros(seconds: Float64Array, from: number): void {
    const halves = this.#halves;
    for (let row = 0; row < this.#rows; row++) setWhole(halves, row, Math.round(seconds[from + row]! * 1e6));
    this.#copy(this.#next(), halves, 8);
  }

  /** BIGINT: whole numbers of at most 2^53, NULL for NaN. */
  wholes(values: Float64Array, from: number): void {
    const rows = this.#rows;
    const halves = this.#halves;
    const vector = this.#next();
    let unset = false;
    for (let row = 0; row < rows; row++) {
      const value = values[from + row]!;
      if (value !== value) unset = true;
      halves[row * 2] = value >>> 0;
      halves[row * 2 + 1] = (value / HIGH) | 0;
    }
    this.#copy(vector, halves, 8);
    if (unset) this.#unsetNumbers(vector, values, from);
  }

  /** UBIGINT: whole numbers of at most 2^53. */
  codes64(values: Float64Array, from: number): void {
    const halves = this.#halves;
    for (let row = 0; row < this.#rows; row++) setWhole(halves, row, values[from + row]!);
    this.#copy(this.#next(), halves, 8);
  }

  /** DOUBLE, NULL for NaN; without `values` all of it. */
  numbers(values: ArrayLike<number> | undefined, from: number): void {
    const rows = this.#rows;
    const own = this.#numbers;
    let unset = values === undefined;
    for (let row = 0; row < rows; row++) {
      const value = values === undefined ? NaN : values[from + row]!;
      own[row] = value;
      if (value !== value) unset = true;
    }
    const vector = this.#next();
    this.#copy(vector, own, 8);
    if (unset) this.#unsetNumbers(vector, own, 0);
  }

  /** USMALLINT. */
  ports(values: Uint16Array, from: number): void {
    this.#small.set(values.subarray(from, from + this.#rows));
    this.#copy(this.#next(), this.#small, 2);
  }

  /** UTINYINT. */
  flags(values: Uint8Array, from: number): void {
    this.#bytes.set(values.subarray(from, from + this.#rows));
    this.#copy(this.#next(), this.#bytes, 1);
  }

  /** UINTEGER: `codes[values[row]]`. */
  codes(values: Uint16Array, codes: Uint32Array, from: number): void {
    const halves = this.#halves;
    for (let row = 0; row < this.#rows; row++) halves[row] = codes[values[from + row]!]!;
    this.#copy(this.#next(), halves, 4);
  }

  /** VARCHAR: UTF-8 bytes from `start[row]` to `end[row]`, NULL where they are equal; without a text all of it. */
  spans(span: TextSpans | undefined, from: number): void {
    const vector = this.#next();
    const valid = this.#valid;
    valid.fill(span === undefined ? 0 : 0xffffffff);
    for (let row = 0; span !== undefined && row < this.#rows; row++) {
      const start = span.start[from + row]!;
      const end = span.end[from + row]!;
      if (start === end) valid[row >> 5]! &= ~(1 << (row & 31));
      else {
        const bytes = span.text.subarray(start, end);
        duckdb.vector_assign_string_element_len(vector, row, span.isAscii ? bytes : cleanText(bytes));
      }
    }
    this.#invalidate(vector);
  }

  #next(): duckdb.Vector {
    return duckdb.data_chunk_get_vector(this.#chunk.chunk, this.#column++);
  }

  #copy(vector: duckdb.Vector, values: ArrayBufferView<ArrayBuffer>, width: number): void {
    duckdb.copy_data_to_vector(vector, 0, values.buffer, values.byteOffset, this.#rows * width);
  }

  #unsetNumbers(vector: duckdb.Vector, values: Float64Array, from: number): void {
    const valid = this.#valid;
    valid.fill(0xffffffff);
    for (let row = 0; row < this.#rows; row++) {
      const value = values[from + row]!;
      if (value !== value) valid[row >> 5]! &= ~(1 << (row & 31));
    }
    this.#invalidate(vector);
  }

  #invalidate(vector: duckdb.Vector): void {
    const { buffer, byteOffset } = this.#valid;
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, buffer, byteOffset, Math.ceil(this.#rows / 64) * 8);
  }
}

function setWhole(halves: Uint32Array, row: number, value: number): void {
  const high = Math.floor(value / HIGH);
  halves[row * 2] = value - high * HIGH;
  halves[row * 2 + 1] = high;
}

/** The engine must never see bytes that are not UTF-8, and logs may hold any. */
function cleanText(bytes: Uint8Array): Uint8Array {
  return isAscii(bytes) ? bytes : Buffer.from(Buffer.from(bytes).toString("utf8"));
}
