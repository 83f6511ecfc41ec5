import { LIST, VARCHAR, listValue, type DuckDBConnection } from "@duckdb/node-api";
import { readTable } from "./read-table.ts";
import type { CodedColumn } from "./schema.ts";

/** Texts that are kept in memory; a column with more of them asks the database for those that it meets again. */
const MOST_CACHED = 200_000;

/**
 * Gives the texts of a column numbers from 1 on, the same number for the same text always; 0 is unset. Memory is
 * bounded however many different texts a log holds.
 */
export class TextCodes {
  readonly #connection: DuckDBConnection;
  readonly #table: string;
  readonly #mostCached: number;
  readonly #cache = new Map<string, number>();
  #added: { readonly code: number; readonly value: string }[] = [];
  #next = 1;
  #complete = true;

  private constructor(connection: DuckDBConnection, column: CodedColumn, mostCached: number) {
    this.#connection = connection;
    this.#table = `texts_${column}`;
    this.#mostCached = mostCached;
  }

  static async open(
    connection: DuckDBConnection,
    column: CodedColumn,
    mostCached = MOST_CACHED,
  ): Promise<TextCodes> {
    const codes = new TextCodes(connection, column, mostCached);
    const known = await readTable(
      await connection.run(
        `SELECT code::DOUBLE, value FROM ${codes.#table} ORDER BY code DESC LIMIT ${mostCached}`,
      ),
    );
    const values = known.texts(1);
    known.numbers(0).forEach((code, i) => codes.#cache.set(values[i]!, code));
    codes.#next = (known.numbers(0)[0] ?? 0) + 1;
    codes.#complete = codes.#next - 1 <= known.rows;
    return codes;
  }

  /** Codes of a batch's values; `values[0]` is unset. */
  async codesOf(values: readonly string[]): Promise<Uint32Array> {
    const missing = new Set<string>();
    for (const value of values)
      if (value !== "" && !this.#cache.has(value)) missing.add(value.toWellFormed());
    if (missing.size > 0 && !this.#complete) await this.#recall(missing);
    const codes = new Uint32Array(values.length);
    for (let i = 1; i < values.length; i++) codes[i] = this.#codeOf(values[i]!.toWellFormed());
    if (this.#cache.size > this.#mostCached) {
      await this.flush();
      this.#cache.clear();
      this.#complete = false;
    }
    return codes;
  }

  /** Writes the texts that are new since the last time. */
  async flush(): Promise<void> {
    if (this.#added.length === 0) return;
    const appender = await this.#connection.createAppender(this.#table);
    for (const { code, value } of this.#added) {
      appender.appendUInteger(code);
      appender.appendValue(value, VARCHAR);
      appender.endRow();
    }
    appender.closeSync();
    this.#added = [];
  }

  #codeOf(value: string): number {
    if (value === "") return 0;
    const known = this.#cache.get(value);
    if (known !== undefined) return known;
    const code = this.#next++;
    this.#cache.set(value, code);
    this.#added.push({ code, value });
    return code;
  }

  async #recall(missing: ReadonlySet<string>): Promise<void> {
    await this.flush();
    const found = await readTable(
      await this.#connection.run(
        `SELECT code::DOUBLE, value FROM ${this.#table} WHERE value IN (SELECT unnest($1))`,
        [listValue([...missing])],
        [LIST(VARCHAR)],
      ),
    );
    const values = found.texts(1);
    found.numbers(0).forEach((code, i) => this.#cache.set(values[i]!, code));
  }
}
