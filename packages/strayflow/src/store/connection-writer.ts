import {
  BIGINT,
  DOUBLE,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBConnection,
} from "@duckdb/node-api";
import { isAscii } from "node:buffer";
import { MAX_BATCH_ROWS, type Batch } from "../zeek/index.ts";
import { AddressCodes } from "./address-codes.ts";
import { CHUNK_ROWS, ChunkWriter } from "./chunk-writer.ts";
import { readTable } from "./read-table.ts";
import { codedColumns, countColumns, UNSET_FLAG, type CodedColumn } from "./schema.ts";
import type { RowScores, StoreSource } from "./store.ts";
import { TextCodes } from "./text-codes.ts";

/** In the order of the table `connections`. */
const types = [
  BIGINT,
  UINTEGER,
  BIGINT,
  DOUBLE,
  ...countColumns.map(() => BIGINT),
  UBIGINT,
  UBIGINT,
  USMALLINT,
  USMALLINT,
  ...codedColumns.map(() => UINTEGER),
  UTINYINT,
  UTINYINT,
  DOUBLE,
  DOUBLE,
  UTINYINT,
  VARCHAR,
];

/** Appends batches to the store, on a connection of its own; what was appended since the last commit is one transaction. */
export class ConnectionWriter {
  readonly #connection: DuckDBConnection;
  readonly #keepUid: boolean;
  #known: Known;
  readonly #chunk = new ChunkWriter(types);
  readonly #orig = new Float64Array(MAX_BATCH_ROWS);
  readonly #resp = new Float64Array(MAX_BATCH_ROWS);
  #appender: DuckDBAppender | undefined;
  #isOpen = false;

  private constructor(connection: DuckDBConnection, keepUid: boolean, known: Known) {
    this.#connection = connection;
    this.#keepUid = keepUid;
    this.#known = known;
  }

  static async open(
    connection: DuckDBConnection,
    { keepUid }: { keepUid: boolean },
  ): Promise<ConnectionWriter> {
    return new ConnectionWriter(connection, keepUid, await readKnown(connection));
  }

  /** What belongs into the same transaction is written through this. */
  get connection(): DuckDBConnection {
    return this.#connection;
  }

  async append(batch: Batch, sourceName: string, scores: RowScores | undefined): Promise<void> {
    const appender = await this.#openAppender();
    const source = await this.#sourceOf(sourceName);
    const codes: Partial<Record<CodedColumn, Uint32Array>> = {};
    for (const column of codedColumns)
      codes[column] = await this.#known.texts[column].codesOf(batch[column].values);
    await this.#known.addresses.codesOf(batch.orig_h, batch.rows, this.#orig);
    await this.#known.addresses.codesOf(batch.resp_h, batch.rows, this.#resp);
    const { text, uid } = batch;
    const uids = this.#keepUid ? { text, start: uid.start, end: uid.end, isAscii: isAscii(text) } : undefined;
    const chunk = this.#chunk;
    for (let from = 0; from < batch.rows; from += CHUNK_ROWS) {
      chunk.begin(Math.min(CHUNK_ROWS, batch.rows - from));
      chunk.sequence(this.#known.rows + from);
      chunk.constant(source, 4);
      chunk.micros(batch.ts, from);
      chunk.numbers(batch.duration, from);
      for (const column of countColumns) chunk.wholes(batch[column], from);
      chunk.codes64(this.#orig, from);
      chunk.codes64(this.#resp, from);
      chunk.ports(batch.orig_p, from);
      chunk.ports(batch.resp_p, from);
      for (const column of codedColumns) chunk.codes(batch[column].codes, codes[column]!, from);
      chunk.flags(batch.local_orig, from);
      chunk.flags(batch.local_resp, from);
      chunk.numbers(scores?.p_value, from);
      chunk.numbers(scores?.score, from);
      if (scores === undefined) chunk.constant(UNSET_FLAG, 1);
      else chunk.flags(scores.flagged, from);
      chunk.spans(uids, from);
      chunk.append(appender);
    }
    this.#known.rows += batch.rows;
  }

  /** Whether something was appended and not committed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Reads codes and sources again, after somebody else has changed them. */
  async refresh(): Promise<void> {
    this.#known = await readKnown(this.#connection);
  }

  /** Opens a transaction, if none is open. */
  async begin(): Promise<void> {
    if (this.#isOpen) return;
    await this.#connection.run("BEGIN");
    this.#isOpen = true;
  }

  async commit(): Promise<void> {
    if (!this.#isOpen) return;
    this.#appender?.closeSync();
    this.#appender = undefined;
    for (const column of codedColumns) await this.#known.texts[column].flush();
    await this.#known.addresses.flush();
    await this.#connection.run("COMMIT");
    this.#isOpen = false;
  }

  /** Forgets what was appended since the last commit. */
  async rollback(): Promise<void> {
    if (!this.#isOpen) return;
    const appender = this.#appender;
    this.#appender = undefined;
    this.#isOpen = false;
    appender?.clear();
    try {
      appender?.closeSync();
    } finally {
      // What failed may have ended the transaction already.
      await this.#connection.run("ROLLBACK").catch(() => undefined);
      await this.refresh();
    }
  }

  async #openAppender(): Promise<DuckDBAppender> {
    await this.begin();
    this.#appender ??= await this.#connection.createAppender("connections");
    return this.#appender;
  }

  async #sourceOf(name: string): Promise<number> {
    const known = this.#known.sources.get(name);
    if (known !== undefined) return known;
    const id = this.#known.sources.size;
    this.#known.sources.set(name, id);
    await this.#connection.run(
      "INSERT INTO sources VALUES ($1, $2)",
      [id, name.toWellFormed()],
      [UINTEGER, VARCHAR],
    );
    return id;
  }
}

/** What the store holds already: codes, sources, and the number of the next row. */
interface Known {
  readonly texts: Readonly<Record<CodedColumn, TextCodes>>;
  readonly addresses: AddressCodes;
  readonly sources: Map<string, number>;
  rows: number;
}

async function readKnown(connection: DuckDBConnection): Promise<Known> {
  const texts: Partial<Record<CodedColumn, TextCodes>> = {};
  for (const column of codedColumns) texts[column] = await TextCodes.open(connection, column);
  const last = await readTable(await connection.run("SELECT max(row)::DOUBLE FROM connections"));
  const next = last.numbers(0)[0]! + 1;
  const sources = await readSources(connection);
  return {
    texts: texts as Record<CodedColumn, TextCodes>,
    addresses: await AddressCodes.open(connection),
    sources: new Map(sources.map(({ id, name }) => [name, id])),
    rows: Number.isNaN(next) ? 0 : next,
  };
}

async function readSources(connection: DuckDBConnection): Promise<readonly StoreSource[]> {
  const table = await readTable(await connection.run("SELECT id::DOUBLE, name FROM sources ORDER BY id"));
  const names = table.texts(1);
  return Array.from(table.numbers(0), (id, i) => ({ id, name: names[i]! }));
}
