import type { DuckDBConnection } from "@duckdb/node-api";
import { stat } from "node:fs/promises";
import type { Engine } from "../engine.ts";
import { Statement } from "../statement.ts";
import { run, undefinedIfNaN } from "./run.ts";
import { incidentsSql } from "./watch-filter-sql.ts";
import type { Pruned, Retention, StoreInfo } from "./watch-store.ts";

const DAY = 86_400;
/** Rows that are looked at in one transaction of pruning. */
const PIECE_ROWS = 200_000;
/** The engine gives room back in groups of so many rows: with two of them left, removing more gains nothing. */
const GROUP_ROWS = 122_880;
/** How often the oldest rows of a store that is too large are removed: a group of them or more each time. */
const MOST_ROUNDS = 12;
/** With more addresses than this, those that no connection has are removed. */
const MANY_ADDRESSES = 100_000;

export async function storeInfo(
  engine: Engine,
  file: string,
  suppressions: number,
  version: number,
): Promise<StoreInfo> {
  const table = await engine.ask(
    `SELECT (SELECT count(*) FROM connections)::DOUBLE, (SELECT count(*) FROM alerts)::DOUBLE,
       (SELECT count(*) FROM ${incidentsSql(new Set())} WHERE i.shown <> 'replaced')::DOUBLE,
       (SELECT count(*) FROM sources)::DOUBLE, (SELECT count(*) FROM sensors)::DOUBLE,
       (SELECT min(ts) FROM connections)::DOUBLE / 1e6, (SELECT max(ts) FROM connections)::DOUBLE / 1e6`,
  );
  const [connections, alerts, incidents, sources, sensors, from, to] = [0, 1, 2, 3, 4, 5, 6].map(
    (column) => table.numbers(column)[0]!,
  );
  const snapshots = await engine.ask("SELECT snapshot FROM sensors WHERE snapshot IS NOT NULL");
  const files = [file, `${file}.wal`, ...snapshots.texts(0).map((name) => name!)];
  const sizes = await Promise.all(files.map(sizeOf));
  return {
    version,
    connections: connections!,
    alerts: alerts!,
    incidents: incidents!,
    suppressions,
    sources: sources!,
    sensors: sensors!,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    usedBytes: await usedBytes(engine),
    from: undefinedIfNaN(from!),
    to: undefinedIfNaN(to!),
  };
}

/** 0 where there is no such file: it may be about to be replaced. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

async function usedBytes(engine: Engine): Promise<number> {
  const table = await engine.ask(
    "SELECT (used_blocks * block_size)::DOUBLE FROM pragma_database_size() WHERE database_name = current_database()",
  );
  return table.numbers(0)[0] ?? 0;
}

/** How pruning writes: each piece a transaction of its own, with others between. */
export interface Pieces {
  readonly transact: (work: (connection: DuckDBConnection) => Promise<void>) => Promise<void>;
  /** The same, after which no code of an address or text is as it was. */
  readonly transactCodes: (work: (connection: DuckDBConnection) => Promise<void>) => Promise<void>;
  /** Gives room back and writes the log into the file. */
  readonly checkpoint: () => Promise<void>;
  /** Waited for before each piece. */
  readonly between: () => Promise<void>;
}

export async function prune(
  engine: Engine,
  { olderThanDays, incidentsOlderThanDays = olderThanDays, maxBytes, now }: Retention,
  pieces: Pieces,
  signal: AbortSignal | undefined,
): Promise<Pruned> {
  const removed = { connections: 0, alerts: 0, incidents: 0 };
  const add = (more: Pruned) => {
    removed.connections += more.connections;
    removed.alerts += more.alerts;
    removed.incidents += more.incidents;
  };
  // A sensor whose clock runs ahead must not make everything else old.
  const latest = Math.min(now ?? Infinity, await lastStart(engine));
  if (olderThanDays !== undefined && latest > -Infinity)
    add(await removeRows(engine, latest - olderThanDays * DAY, pieces, signal));
  if (incidentsOlderThanDays !== undefined && latest > -Infinity)
    add(await removeIncidents(latest - incidentsOlderThanDays * DAY, pieces, signal));
  if (removed.connections > 0) await pieces.checkpoint();
  for (let round = 0; maxBytes !== undefined && round < MOST_ROUNDS; round++) {
    if (round === 0) await pieces.checkpoint();
    const used = await usedBytes(engine);
    const rows = await engine.ask("SELECT count(*)::DOUBLE FROM connections");
    if (used <= maxBytes || rows.numbers(0)[0]! <= 2 * GROUP_ROWS) break;
    const part = new Statement();
    const count = rows.numbers(0)[0]!;
    // Somewhat more than a group: the quantile is approximate, and rows of several sensors are not quite in order.
    const least = (1.1 * GROUP_ROWS) / count;
    const share = Math.min(1 - (2 * GROUP_ROWS) / count, Math.max(least, 1 - maxBytes / used));
    const cut = await engine.ask(
      `SELECT approx_quantile(ts, ${part.real(share)}::FLOAT)::DOUBLE / 1e6, max(ts)::DOUBLE / 1e6 FROM connections`,
      part,
    );
    const [before, last] = [cut.numbers(0)[0]!, cut.numbers(1)[0]!];
    if (Number.isNaN(before) || before >= last) break;
    const more = await removeRows(engine, before + 1e-6, pieces, signal);
    if (incidentsOlderThanDays === undefined) add(await removeIncidents(before + 1e-6, pieces, signal));
    await pieces.checkpoint();
    if (more.connections === 0) break;
    add(more);
  }
  if (removed.connections > 0) await removeAddresses(engine, pieces);
  return removed;
}

/** -Infinity where there is no connection. */
async function lastStart(engine: Engine): Promise<number> {
  const table = await engine.ask("SELECT coalesce(max(ts)::DOUBLE / 1e6, '-inf'::DOUBLE) FROM connections");
  return table.numbers(0)[0]!;
}

async function removeRows(
  engine: Engine,
  time: number,
  { transact, between }: Pieces,
  signal: AbortSignal | undefined,
): Promise<Pruned> {
  const micros = Math.ceil(time * 1e6);
  const range = new Statement();
  const rows = await engine.ask(
    `SELECT min(row)::DOUBLE, max(row)::DOUBLE FROM connections WHERE ts < ${range.whole(micros)}`,
    range,
  );
  const [first, last] = [rows.numbers(0)[0]!, rows.numbers(1)[0]!];
  const removed = { connections: 0, alerts: 0, incidents: 0 };
  for (let row = first; row <= last; row += PIECE_ROWS) {
    await between();
    signal?.throwIfAborted();
    await transact(async (connection) => {
      const statement = new Statement();
      removed.connections += await changed(
        connection,
        `DELETE FROM connections WHERE row BETWEEN ${statement.whole(row)} AND ${statement.whole(row + PIECE_ROWS - 1)}
         AND ts < ${statement.whole(micros)}`,
        statement,
      );
    });
  }
  return removed;
}

/** What is confirmed stays, with its alerts: it is what a later training must not learn from. */
async function removeIncidents(
  time: number,
  { transact, between }: Pieces,
  signal: AbortSignal | undefined,
): Promise<Pruned> {
  const removed = { connections: 0, alerts: 0, incidents: 0 };
  await between();
  signal?.throwIfAborted();
  await transact(async (connection) => {
    const old = (statement: Statement) =>
      `SELECT id FROM incidents WHERE is_over AND status <> 'confirmed' AND last_seen < ${statement.real(time)}`;
    const alerts = new Statement();
    removed.alerts += await changed(
      connection,
      `DELETE FROM alerts WHERE incident IN (${old(alerts)})`,
      alerts,
    );
    for (const table of ["suppressed", "history"]) {
      const statement = new Statement();
      await run(connection, `DELETE FROM ${table} WHERE incident IN (${old(statement)})`, statement);
    }
    const incidents = new Statement();
    removed.incidents += await changed(
      connection,
      `DELETE FROM incidents WHERE id IN (${old(incidents)})`,
      incidents,
    );
    const drift = new Statement();
    const day = new Date(Math.max(-8e15, time * 1000)).toISOString().slice(0, 10);
    await run(connection, `DELETE FROM drift WHERE day < ${drift.text(day)}`, drift);
  });
  return removed;
}

async function changed(connection: DuckDBConnection, sql: string, statement: Statement): Promise<number> {
  const result = await connection.run(sql, statement.values, statement.types);
  return result.rowsChanged;
}

async function removeAddresses(engine: Engine, { transactCodes }: Pieces): Promise<void> {
  const known = await engine.ask("SELECT count(*)::DOUBLE FROM addresses");
  if (known.numbers(0)[0]! < MANY_ADDRESSES) return;
  await transactCodes(async (connection) => {
    await connection.run(
      `DELETE FROM addresses WHERE code NOT IN
         (SELECT orig FROM connections WHERE orig >= 4294967296 UNION SELECT resp FROM connections WHERE resp >= 4294967296)`,
    );
  });
}
