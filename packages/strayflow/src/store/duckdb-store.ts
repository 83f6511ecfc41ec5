import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { rm } from "node:fs/promises";
import { ExpectedError } from "../base/errors.ts";
import type { Batch } from "../zeek/index.ts";
import { aggregate } from "./aggregate.ts";
import { type ConnectionWriter } from "./connection-writer.ts";
import { correlations } from "./correlations.ts";
import { Engine } from "./engine.ts";
import type { Filter } from "./filter.ts";
import { filterSql } from "./filter-sql.ts";
import { firstContacts } from "./first-contacts.ts";
import { gaps } from "./gaps.ts";
import { profile } from "./profile.ts";
import type {
  Aggregate,
  AggregateQuery,
  CorrelationQuery,
  Correlations,
  FirstContact,
  FirstContactQuery,
  Gap,
  GapQuery,
  Key,
  Measure,
  Profile,
  ProfileQuery,
  RowPage,
  RowQuery,
} from "./query.ts";
import { rows } from "./rows.ts";
import { checkQuery, filterSchema, querySchemas } from "./schemas.ts";
import { Statement } from "./statement.ts";
import { storeError } from "./store-error.ts";
import type { QueryOptions, RowScores, Store, StoreSource } from "./store.ts";
import { zonePeriods, type ZonePeriod } from "./zone.ts";

/** What an open store holds; all of it ends with `close`. */
export interface StoreParts {
  readonly instance: DuckDBInstance;
  /** The connection that writes. */
  readonly connection: DuckDBConnection;
  /** Absent where the store was opened for reading only. */
  readonly writer: ConnectionWriter | undefined;
  /** Where the store is. */
  readonly file: string;
  /** A folder that is removed in the end. */
  readonly folder: string;
}

/** A store on DuckDB. */
export class DuckdbStore implements Store {
  readonly #parts: StoreParts;
  protected readonly engine: Engine;
  #writing: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.engine = new Engine(parts.instance);
  }

  append(batch: Batch, { source, scores }: { source?: string; scores?: RowScores } = {}): Promise<void> {
    return this.write((writer) => writer.append(batch, source ?? batch.source.file, scores));
  }

  commit(): Promise<void> {
    return this.write((writer) => writer.commit());
  }

  async count(where?: Filter, options: QueryOptions = {}): Promise<number> {
    if (where !== undefined) checkQuery(filterSchema, where);
    const statement = new Statement();
    const condition = await filterSql(where, statement, this.engine);
    const sql = `SELECT count(*)::DOUBLE FROM connections WHERE ${condition}`;
    const table = await this.engine.ask(sql, statement, options);
    return table.numbers(0)[0]!;
  }

  async aggregate<
    const K extends Readonly<Record<string, Key>>,
    const M extends Readonly<Record<string, Measure>>,
  >(query: AggregateQuery<K, M>, options: QueryOptions = {}): Promise<Aggregate<K, M>> {
    checkQuery(querySchemas.aggregate, query);
    return aggregate(this.engine, query, await this.#zones(query, options), options);
  }

  async profile(query: ProfileQuery, options: QueryOptions = {}): Promise<Profile> {
    checkQuery(querySchemas.profile, query);
    return profile(this.engine, query, options);
  }

  async correlations(query: CorrelationQuery, options: QueryOptions = {}): Promise<Correlations> {
    checkQuery(querySchemas.correlations, query);
    return correlations(this.engine, query, options);
  }

  async gaps(query: GapQuery, options: QueryOptions = {}): Promise<readonly Gap[]> {
    checkQuery(querySchemas.gaps, query);
    return gaps(this.engine, query, options);
  }

  async rows(query: RowQuery, options: QueryOptions = {}): Promise<RowPage> {
    checkQuery(querySchemas.rows, query);
    return rows(this.engine, query, options);
  }

  async firstContacts(
    query: FirstContactQuery,
    options: QueryOptions = {},
  ): Promise<readonly FirstContact[]> {
    checkQuery(querySchemas.firstContacts, query);
    return firstContacts(this.engine, query, options);
  }

  async sources(): Promise<readonly StoreSource[]> {
    const table = await this.engine.ask("SELECT id::DOUBLE, name FROM sources ORDER BY id");
    const names = table.texts(1);
    return Array.from(table.numbers(0), (id, i) => ({ id, name: names[i]! }));
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    const { instance, connection, folder } = this.#parts;
    await this.#writing.catch(() => undefined);
    await this.engine.close();
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }

  /**
   * One piece of writing after the other; what fails is told to its caller alone, and leaves the store as it was at the last
   * commit.
   */
  protected write<T>(work: (writer: ConnectionWriter) => Promise<T>): Promise<T> {
    const { writer, file } = this.#parts;
    const done = this.#writing.then(async () => {
      if (writer === undefined) throw new ExpectedError("usage", "the store was opened for reading only");
      if (this.#closed !== undefined) throw new ExpectedError("usage", "the store is closed");
      try {
        return await work(writer);
      } catch (error) {
        // Where even this fails, the engine refuses all that follows, and the first error says why.
        await writer.rollback().catch(() => undefined);
        throw storeError(error, file);
      }
    });
    this.#writing = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  /** Offsets of zones over the times of the rows; asked for only where a query looks at a clock. */
  async #zones(
    { by, measures, where }: AggregateQuery<Readonly<Record<string, Key>>, Readonly<Record<string, Measure>>>,
    options: QueryOptions,
  ): Promise<(zone: string) => readonly ZonePeriod[]> {
    const counted = Object.values(measures).flatMap((measure) =>
      measure.kind === "distinct" ? measure.of : [],
    );
    if (![...Object.values(by), ...counted].some((key) => "zone" in key)) return () => [];
    const statement = new Statement();
    const { from, to } = where ?? {};
    const condition = await filterSql({ from, to }, statement, this.engine);
    const table = await this.engine.ask(
      `SELECT min(ts)::DOUBLE / 1e6, max(ts)::DOUBLE / 1e6 FROM connections WHERE ${condition}`,
      statement,
      options,
    );
    const [first, last] = [table.numbers(0)[0]! || 0, table.numbers(1)[0]! || 0];
    return (zone) => zonePeriods(zone, first, last);
  }
}
