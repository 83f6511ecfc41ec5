import duckdb from "@duckdb/node-bindings";
import type { DuckDBBlobValue, DuckDBDataChunk, DuckDBResult } from "@duckdb/node-api";

/** Rows of an answer as columns, in memory of their own. Queries give DOUBLE, VARCHAR and BLOB columns, nothing else. */
export class Table {
  readonly rows: number;
  readonly #chunks: readonly DuckDBDataChunk[];

  constructor(chunks: readonly DuckDBDataChunk[]) {
    this.#chunks = chunks;
    this.rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  }

  /** A DOUBLE column; NULL is NaN. */
  numbers(column: number): Float64Array {
    const values = new Float64Array(this.rows);
    let at = 0;
    for (const chunk of this.#chunks) {
      copyNumbers(chunk, column, values, at);
      at += chunk.rowCount;
    }
    return values;
  }

  /** A VARCHAR column. */
  texts(column: number): (string | null)[] {
    return this.#chunks.flatMap((chunk) => chunk.getColumnValues(column) as (string | null)[]);
  }

  /** A BLOB column without NULL. */
  blobs(column: number): Uint8Array[] {
    return this.#chunks.flatMap((chunk) =>
      chunk.getColumnValues(column).map((value) => Uint8Array.from((value as DuckDBBlobValue).bytes)),
    );
  }
}

export async function readTable(result: DuckDBResult): Promise<Table> {
  return new Table(await result.fetchAllChunks());
}

/** Copies a DOUBLE column of a chunk to `out` from `at` on; NULL is NaN. */
export function copyNumbers(chunk: DuckDBDataChunk, column: number, out: Float64Array, at: number): void {
  const rows = chunk.rowCount;
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
  const bytes = duckdb.vector_get_data(vector, rows * 8);
  out.set(new Float64Array(bytes.buffer, bytes.byteOffset, rows), at);
  const valid = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null;
  if (valid === null) return;
  for (let row = 0; row < rows; row++) if (((valid[row >> 3]! >> (row & 7)) & 1) === 0) out[at + row] = NaN;
}
