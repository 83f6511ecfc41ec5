import type { DuckDBConnection } from "@duckdb/node-api";
import { ExpectedError } from "../../base/errors.ts";
import { severities } from "../../detect/incidents/index.ts";
import { suppressionConditionsSchema, type Suppression } from "../../detect/suppress/index.ts";
import type { Batch } from "../../zeek/index.ts";
import type { ConnectionWriter } from "../connection-writer.ts";
import { DuckdbStore, type StoreParts } from "../duckdb-store.ts";
import { checkQuery, filterSchema } from "../schemas.ts";
import { migrations } from "../schema.ts";
import { Statement } from "../statement.ts";
import type { QueryOptions } from "../store.ts";
import { alertById, listAlerts } from "./alert-list.ts";
import { writeDriftDays } from "./drift-rows.ts";
import { exportParquet } from "./export-parquet.ts";
import { incidentHistory, incidentsById, listIncidents, wholeId } from "./incident-list.ts";
import { appendHistory } from "./incident-rows.ts";
import { OutboxTable } from "./outbox-table.ts";
import { run } from "./run.ts";
import { listDrift, listSensors, loadSensor } from "./sensor-list.ts";
import { readStored, type StoredRows } from "./stored-batches.ts";
import { StepWriter } from "./step-writer.ts";
import { SuppressionBook } from "./suppression-book.ts";
import { prune, storeInfo } from "./upkeep.ts";
import { watchSchemas } from "./watch-schemas.ts";
import type { AlertQuery, IncidentQuery, Verdict } from "./watch-filter.ts";
import type {
  DriftEntry,
  HistoryEntry,
  IncidentAction,
  PruneOptions,
  Retention,
  Step,
  StepResult,
  StoredIncident,
  WatchStore,
} from "./watch-store.ts";
import { whatIf } from "./what-if.ts";
import type { WhatIf, WhatIfQuery } from "./what-if-query.ts";

const USUAL_DAYS = 30;

/** The store of live detection on DuckDB. */
export class DuckdbWatchStore extends DuckdbStore implements WatchStore {
  readonly outbox: OutboxTable;
  readonly #file: string;
  readonly #now: () => number;
  readonly #steps: StepWriter;
  readonly #book: SuppressionBook;
  #nextHistory = 0;

  private constructor(parts: StoreParts, now: () => number) {
    super(parts);
    this.#file = parts.file;
    this.#now = now;
    this.#steps = new StepWriter(parts.connection);
    this.#book = new SuppressionBook(this.engine, (filter) => this.count(filter));
    this.outbox = new OutboxTable(this.engine, now, (work) => this.#transact(work));
  }

  static async open(parts: StoreParts, now: () => number): Promise<DuckdbWatchStore> {
    const store = new DuckdbWatchStore(parts, now);
    await store.#load();
    return store;
  }

  get suppressionsChanged(): number {
    return this.#book.changes;
  }

  commitStep(step: Step): Promise<StepResult> {
    return this.#change(async (writer) =>
      this.#steps.write(writer, step, {
        now: this.#now(),
        active: this.#active(),
        outbox: this.outbox,
        historyNumbers: (count) => this.#historyNumbers(count),
      }),
    );
  }

  loadSensor(name: string) {
    return loadSensor(this.engine, name);
  }

  sensors() {
    return listSensors(this.engine);
  }

  outboxCounts() {
    return this.outbox.counts();
  }

  async incidents(query: IncidentQuery = {}, options: QueryOptions = {}) {
    checkQuery(watchSchemas.incidents, query);
    return listIncidents(this.engine, query, this.#active(), options);
  }

  async incident(start: string) {
    const id = await wholeId(this.engine, "incidents", start);
    const [found] = await incidentsById(this.engine, [id], this.#active());
    return { ...found!, history: await incidentHistory(this.engine, id) };
  }

  async changeIncident(start: string, given: IncidentAction): Promise<StoredIncident> {
    checkQuery(watchSchemas.action, given);
    const { action, author, note = "" } = given;
    const id = await wholeId(this.engine, "incidents", start);
    if (action === "note" && note.trim() === "") throw new ExpectedError("usage", "a note needs a text");
    await this.#transact(async (connection) => {
      // Looked up here, so that it is closed as it stands now, not as it stood when it was asked for.
      const [found] = await incidentsById(this.engine, [id], this.#active());
      if (found === undefined) throw new ExpectedError("usage", `there is no incident ${id} any more`);
      if (action !== "note") await setVerdict(connection, found, verdictOf[action]);
      await this.#note(connection, { incident: id, action, author, note });
    });
    const [changed] = await incidentsById(this.engine, [id], this.#active());
    return changed!;
  }

  async alerts(query: AlertQuery = {}, options: QueryOptions = {}) {
    checkQuery(watchSchemas.alerts, query);
    return listAlerts(this.engine, query, this.#active(), options);
  }

  async alert(start: string) {
    return alertById(this.engine, await wholeId(this.engine, "alerts", start), this.#active());
  }

  suppressions({ all = false }: { readonly all?: boolean } = {}): Promise<readonly Suppression[]> {
    const active = this.#active();
    return Promise.resolve(this.#book.all.filter(({ id }) => all || active.has(id)));
  }

  async previewSuppression(conditions: Parameters<WatchStore["previewSuppression"]>[0]) {
    checkQuery(suppressionConditionsSchema, conditions);
    return this.#book.preview(await this.#wholeIncidents(conditions), this.#seconds());
  }

  async suppress({ note, author, days = USUAL_DAYS, ...given }: Parameters<WatchStore["suppress"]>[0]) {
    checkQuery(watchSchemas.suppress, { note, author, days });
    checkQuery(suppressionConditionsSchema, given);
    const conditions = await this.#wholeIncidents(given);
    const created = this.#seconds();
    const done = await this.#change(
      async ({ connection }) => {
        const expires = days === null ? undefined : created + days * 86_400;
        const added = await this.#book.add(
          connection,
          conditions,
          { note, author, created, ...(expires === undefined ? {} : { expires }) },
          created,
        );
        await this.#note(connection, { suppression: added.id, action: "suppress", author, note });
        return added;
      },
      () => this.#book.load(),
    );
    const effect = await this.#book.describe(done.covered, this.#seconds());
    return { ...effect, suppression: this.#book.find(done.id) };
  }

  async unsuppress(
    id: number,
    { author, note = "" }: { readonly author: string; readonly note?: string | undefined },
  ) {
    checkQuery(watchSchemas.suppress, { author, note });
    await this.#change(
      async ({ connection }) => {
        if (this.#book.find(id).removed !== undefined)
          throw new ExpectedError("usage", `suppression ${id} was taken back before`);
        const statement = new Statement();
        await run(
          connection,
          `UPDATE suppressions SET removed = ${statement.real(this.#seconds())} WHERE id = ${statement.whole(id)}`,
          statement,
        );
        await this.#note(connection, { suppression: id, action: "unsuppress", author, note });
      },
      () => this.#book.load(),
    );
    return this.#book.find(id);
  }

  async whatIf(query: WhatIfQuery, options: QueryOptions = {}): Promise<WhatIf> {
    checkQuery(watchSchemas.whatIf, query);
    return whatIf(
      this.engine,
      query,
      this.#active(),
      async (conditions) => {
        const covered = await this.#book.coverage(conditions, this.#seconds());
        return new Set(covered.filter(({ isCovered }) => isCovered).map(({ id }) => id));
      },
      options,
    );
  }

  saveDrift(entries: readonly DriftEntry[]): Promise<void> {
    return this.#transact((connection) => writeDriftDays(connection, entries));
  }

  drift(query: Parameters<WatchStore["drift"]>[0] = {}) {
    return listDrift(this.engine, query);
  }

  readBatches(rows: StoredRows, use: (batch: Batch) => void, options: QueryOptions = {}) {
    return readStored(this.engine, rows, use, options);
  }

  info() {
    return storeInfo(this.engine, this.#file, this.#active().size, migrations.length);
  }

  prune(retention: Retention, { signal, between = () => Promise.resolve() }: PruneOptions = {}) {
    return prune(
      this.engine,
      { now: this.#seconds(), ...retention },
      {
        transact: (work) => this.#transact(work),
        transactCodes: (work) =>
          this.write(async (writer) => {
            await writer.begin();
            await work(writer.connection);
            await writer.commit();
            await writer.refresh();
          }),
        checkpoint: async () => {
          await between();
          await this.write(async ({ connection }) => {
            await connection.run("CHECKPOINT");
          });
        },
        between,
      },
      signal,
    );
  }

  async exportParquet(
    folder: string,
    what: Parameters<WatchStore["exportParquet"]>[1] = {},
    options: QueryOptions = {},
  ) {
    if (what.where !== undefined) checkQuery(filterSchema, what.where);
    return exportParquet(this.engine, folder, what, this.#active(), options);
  }

  async #load(): Promise<void> {
    this.#steps.forget();
    await this.#book.load();
    await this.outbox.load();
    const last = await this.engine.ask("SELECT max(number)::DOUBLE FROM history");
    this.#nextHistory = Math.max(this.#nextHistory, (last.numbers(0)[0]! || -1) + 1);
  }

  /** One transaction, with rows that were appended before; `after` follows it before anything else is written. */
  #change<T>(
    work: (writer: ConnectionWriter) => Promise<T>,
    after: () => Promise<void> = () => Promise.resolve(),
  ): Promise<T> {
    return this.write(async (writer) => {
      try {
        await writer.begin();
        const result = await work(writer);
        await writer.commit();
        this.outbox.settle();
        await after();
        return result;
      } catch (error) {
        await writer.rollback().catch(() => undefined);
        await this.#load().catch(() => undefined);
        throw error;
      }
    });
  }

  #transact(work: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
    return this.#change(({ connection }) => work(connection));
  }

  /** Suppressions by incident are stored with whole ids. */
  async #wholeIncidents<C extends { readonly incident?: readonly string[] | undefined }>(
    conditions: C,
  ): Promise<C> {
    if (conditions.incident === undefined) return conditions;
    const incident: string[] = [];
    for (const start of conditions.incident) incident.push(await wholeId(this.engine, "incidents", start));
    return { ...conditions, incident };
  }

  #note(connection: DuckDBConnection, entry: Omit<HistoryEntry, "time">): Promise<void> {
    return appendHistory(connection, [{ ...entry, time: this.#seconds() }], this.#historyNumbers(1));
  }

  #historyNumbers(count: number): number {
    const first = this.#nextHistory;
    this.#nextHistory += count;
    return first;
  }

  #active(): ReadonlySet<number> {
    return this.#book.active(this.#seconds());
  }

  #seconds(): number {
    return this.#now() / 1000;
  }
}

const verdictOf = { close: "closed", reopen: "open", confirm: "confirmed" } as const satisfies Record<
  Exclude<IncidentAction["action"], "note">,
  Verdict
>;

/** Of a closed one also what it was then. */
async function setVerdict(
  connection: DuckDBConnection,
  { incident }: StoredIncident,
  verdict: Verdict,
): Promise<void> {
  const statement = new Statement();
  const [severity, alerts] =
    verdict === "closed"
      ? [statement.whole(severities.indexOf(incident.severity)), statement.real(incident.alerts)]
      : ["NULL", "NULL"];
  await run(
    connection,
    `UPDATE incidents SET status = ${statement.text(verdict)}, closed_severity = ${severity}, closed_alerts = ${alerts}
     WHERE id = ${statement.text(incident.id)}`,
    statement,
  );
}
