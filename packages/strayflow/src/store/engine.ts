import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from "@duckdb/node-api";
import { ExpectedError } from "../base/errors.ts";
import type { TextLookup } from "./filter-sql.ts";
import { readTable, type Table } from "./read-table.ts";
import { codedColumns, type CodedColumn } from "./schema.ts";
import { Statement } from "./statement.ts";
import type { QueryOptions } from "./store.ts";

/** How often an abort is repeated: one that comes before the engine has begun would be forgotten. */
const REPEAT_MILLIS = 20;

/** Runs statements beside one another, each on a connection of its own, and ends them when their signal aborts. */
export class Engine implements TextLookup {
  readonly #instance: DuckDBInstance;
  readonly #idle: DuckDBConnection[] = [];
  #running = 0;
  readonly #closing = new AbortController();

  constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  /** The whole answer. */
  async ask(sql: string, statement = new Statement(), options: QueryOptions = {}): Promise<Table> {
    return this.#run(options, async (connection) =>
      readTable(await connection.run(sql, statement.values, statement.types)),
    );
  }

  /** The answer in parts, for what is too much to hold; `use` returns when it has read all. */
  async stream<T>(
    sql: string,
    statement: Statement,
    { signal }: QueryOptions,
    use: (result: DuckDBResult) => Promise<T>,
  ): Promise<T> {
    return this.#run({ signal }, async (connection) =>
      use(await connection.stream(sql, statement.values, statement.types)),
    );
  }

  async codesOf(column: CodedColumn, values: readonly string[]): Promise<readonly number[]> {
    if (values.length === 0) return [];
    const statement = new Statement();
    const list = values.map((value) => statement.text(value)).join(", ");
    return this.#codes(column, `value IN (${list})`, statement);
  }

  async codesHaving(column: CodedColumn, members: readonly string[]): Promise<readonly number[]> {
    if (members.length === 0) return [];
    const statement = new Statement();
    const list = members.map((member) => statement.text(member)).join(", ");
    return this.#codes(column, `list_has_any(string_split(value, ','), [${list}])`, statement);
  }

  async codesContaining(column: CodedColumn, parts: readonly string[]): Promise<readonly number[]> {
    if (parts.length === 0) return [];
    const statement = new Statement();
    return this.#codes(
      column,
      parts.map((part) => `contains(value, ${statement.text(part)})`).join(" OR "),
      statement,
    );
  }

  /** Ends what is running and closes all connections. */
  async close(): Promise<void> {
    this.#closing.abort(new ExpectedError("usage", "the store was closed while a query was running"));
    while (this.#running > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const connection of this.#idle.splice(0)) connection.closeSync();
  }

  async #codes(column: CodedColumn, condition: string, statement: Statement): Promise<readonly number[]> {
    const known = codedColumns.indexOf(column);
    const found = await this.ask(
      `SELECT code::DOUBLE FROM texts_${codedColumns[known]} WHERE ${condition}`,
      statement,
    );
    return [...found.numbers(0)];
  }

  async #run<T>({ signal }: QueryOptions, use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const ended =
      signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    ended.throwIfAborted();
    // Counted before anything is waited for: the file must not be closed under what has begun.
    this.#running++;
    let connection: DuckDBConnection | undefined;
    let repeat: NodeJS.Timeout | undefined;
    const interrupt = () => {
      connection?.interrupt();
      repeat = setInterval(() => connection?.interrupt(), REPEAT_MILLIS);
    };
    ended.addEventListener("abort", interrupt);
    try {
      connection = this.#idle.pop() ?? (await this.#instance.connect());
      ended.throwIfAborted();
      const answer = await use(connection);
      ended.throwIfAborted();
      return answer;
    } catch (error) {
      ended.throwIfAborted();
      throw error;
    } finally {
      ended.removeEventListener("abort", interrupt);
      clearInterval(repeat);
      if (connection !== undefined) this.#idle.push(connection);
      this.#running--;
    }
  }
}
