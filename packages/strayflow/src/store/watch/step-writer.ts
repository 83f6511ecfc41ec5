import type { DuckDBConnection } from "@duckdb/node-api";
import { ExpectedError } from "../../base/errors.ts";
import type { ConnectionWriter } from "../connection-writer.ts";
import { Statement } from "../statement.ts";
import { AlertKeeper, type NumberedAlert } from "./alert-rows.ts";
import { writeDriftDays } from "./drift-rows.ts";
import { appendHistory, replaceIncident, writeIncidents } from "./incident-rows.ts";
import type { OutboxTable } from "./outbox-table.ts";
import { run } from "./run.ts";
import { coveredAlerts, readSuppressed, writeSuppressed, type SuppressedCount } from "./suppressed-counts.ts";
import type { ChangedIncident, Step, StepResult } from "./watch-store.ts";

/** What the rest of the store says for a step. */
export interface StepContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Suppressions that are active now. */
  readonly active: ReadonlySet<number>;
  readonly outbox: OutboxTable;
  /** Takes numbers for entries of the history; gives the first. */
  readonly historyNumbers: (count: number) => number;
}

interface SensorRow {
  readonly isNew: boolean;
  readonly journal: number;
  readonly snapshotJournal: number;
  readonly alerts: number;
}

/** The author of what the program does by itself. */
const PROGRAM = "strayflow";

/** Writes steps, each within the transaction that its caller opens and ends. */
export class StepWriter {
  readonly #alerts: AlertKeeper;

  constructor(connection: DuckDBConnection) {
    this.#alerts = new AlertKeeper(connection);
  }

  /** After a transaction that failed. */
  forget(): void {
    this.#alerts.forget();
  }

  async write(writer: ConnectionWriter, step: Step, context: StepContext): Promise<StepResult> {
    const { connection } = writer;
    const sensor = await readSensor(connection, step.sensor);
    let rows = 0;
    for (const { batch, scores } of step.batches ?? []) {
      await writer.append(batch, step.sensor, scores);
      rows += batch.rows;
    }
    const target = foldedInto(step.folded ?? []);
    const alerts = (step.alerts ?? []).map((one, i): NumberedAlert => ({
      ...one,
      incident: target(one.incident),
      ordinal: sensor.alerts + i,
    }));
    await this.#fold(connection, step.folded ?? [], target);
    if (alerts.length > 0) await this.#alerts.add(alerts, step.sensor);
    const counts = await addSuppressed(connection, alerts, step);
    const { changed, reopened } = await writeIncidents(connection, step.incidents ?? [], step.sensor);
    const covered = coveredAlerts(counts, context.active);
    const told = changed.map((change): ChangedIncident => {
      const isSuppressed = (covered.get(change.incident.id) ?? 0) >= change.incident.alerts;
      return { ...change, isSuppressed };
    });
    if (reopened.length > 0)
      await appendHistory(
        connection,
        reopened.map(({ id, alerts: now, closedAlerts }) => ({
          time: context.now / 1000,
          incident: id,
          action: "reopen" as const,
          author: PROGRAM,
          note: `grew from ${closedAlerts} to ${now} alerts after it was closed`,
        })),
        context.historyNumbers(reopened.length),
      );
    const messages = typeof step.messages === "function" ? step.messages(told) : (step.messages ?? []);
    await context.outbox.add(connection, messages);
    await writeDriftDays(connection, step.drift ?? []);
    const journal = await writeJournal(connection, step, sensor);
    await writeSensor(connection, step, sensor, { journal, rows, alerts: alerts.length, now: context.now });
    return { journal, alerts: sensor.alerts + alerts.length, changed: told };
  }

  async #fold(
    connection: DuckDBConnection,
    folded: NonNullable<Step["folded"]>,
    target: (id: string) => string,
  ): Promise<void> {
    for (const { from } of folded) {
      const into = target(from);
      await replaceIncident(connection, from, into);
      await this.#alerts.fold(from, into);
      const counts = await readSuppressed(connection, [from, into]);
      if (counts.length > 0)
        await writeSuppressed(
          connection,
          [from, into],
          counts.map((count) => ({ ...count, incident: into })),
        );
    }
  }
}

/** Where what was said of an incident belongs in the end. */
function foldedInto(folded: NonNullable<Step["folded"]>): (id: string) => string {
  const next = new Map(folded.map(({ from, into }) => [from, into]));
  return (id) => {
    let at = id;
    // Each step of the way is another one; a ring, which no grouping makes, ends too.
    for (let steps = 0; steps <= next.size && next.has(at); steps++) at = next.get(at)!;
    return at;
  };
}

/** Counts what suppressions cover of the new alerts; gives the counts of all incidents of the step. */
async function addSuppressed(
  connection: DuckDBConnection,
  alerts: readonly NumberedAlert[],
  step: Step,
): Promise<readonly SuppressedCount[]> {
  const covered = alerts.filter(({ suppressions = [] }) => suppressions.length > 0);
  const touched = new Set([
    ...covered.map(({ incident }) => incident),
    ...(step.incidents ?? []).map(({ incident }) => incident.id),
  ]);
  const known = await readSuppressed(connection, [...touched]);
  if (covered.length === 0) return known;
  const added = covered.map(({ incident, suppressions = [] }) => ({
    incident,
    suppressions: [...suppressions].sort((a, b) => a - b),
    alerts: 1,
  }));
  const all = [...known, ...added];
  await writeSuppressed(
    connection,
    [...new Set(covered.map(({ incident }) => incident))],
    all.filter(({ incident }) => covered.some((one) => one.incident === incident)),
  );
  return all;
}

async function readSensor(connection: DuckDBConnection, name: string): Promise<SensorRow> {
  const statement = new Statement();
  const table = await run(
    connection,
    `SELECT journal::DOUBLE, snapshot_journal::DOUBLE, alerts::DOUBLE FROM sensors WHERE name = ${statement.text(name)}`,
    statement,
  );
  const [journal, snapshotJournal, alerts] = [0, 1, 2].map((column) => table.numbers(column)[0] ?? 0);
  return {
    isNew: table.rows === 0,
    journal: journal!,
    snapshotJournal: snapshotJournal!,
    alerts: alerts!,
  };
}

/** Gives the number of the last entry. */
async function writeJournal(
  connection: DuckDBConnection,
  { sensor, journal = [], snapshot }: Step,
  before: SensorRow,
): Promise<number> {
  if (snapshot !== undefined) {
    if (!(snapshot.journal >= before.snapshotJournal && snapshot.journal <= before.journal))
      throw new ExpectedError(
        "usage",
        `a snapshot after journal entry ${snapshot.journal} does not belong to a journal from ${before.snapshotJournal} to ${before.journal}`,
      );
    const removal = new Statement();
    await run(
      connection,
      `DELETE FROM journal WHERE sensor = ${removal.text(sensor)} AND number <= ${removal.whole(snapshot.journal)}`,
      removal,
    );
  }
  if (journal.length === 0) return before.journal;
  const appender = await connection.createAppender("journal");
  for (const [i, bytes] of journal.entries()) {
    appender.appendVarchar(sensor.toWellFormed());
    appender.appendBigInt(BigInt(before.journal + 1 + i));
    appender.appendBlob(bytes);
    appender.endRow();
  }
  appender.closeSync();
  return before.journal + journal.length;
}

async function writeSensor(
  connection: DuckDBConnection,
  { sensor, position, snapshot }: Step,
  { isNew }: SensorRow,
  { journal, rows, alerts, now }: { journal: number; rows: number; alerts: number; now: number },
): Promise<void> {
  const statement = new Statement();
  const name = statement.text(sensor);
  if (isNew)
    await connection.run(
      `INSERT INTO sensors VALUES (${name}, NULL, NULL, 0, 0, 0, 0, 0)`,
      statement.values,
      statement.types,
    );
  const update = new Statement();
  const set = [
    `journal = ${update.whole(journal)}`,
    `rows = rows + ${update.whole(rows)}`,
    `alerts = alerts + ${update.whole(alerts)}`,
    `committed = ${update.whole(Math.round(now))}`,
  ];
  if (position !== undefined) set.push(`position = ${update.text(JSON.stringify(position))}`);
  if (snapshot !== undefined)
    set.push(
      `snapshot = ${update.text(snapshot.file)}`,
      `snapshot_journal = ${update.whole(snapshot.journal)}`,
    );
  await run(connection, `UPDATE sensors SET ${set.join(", ")} WHERE name = ${update.text(sensor)}`, update);
}
