import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import type { Engine } from "../engine.ts";
import type { Filter } from "../filter.ts";
import { filterSql } from "../filter-sql.ts";
import { Statement } from "../statement.ts";
import { storeError } from "../store-error.ts";
import type { QueryOptions } from "../store.ts";
import { incidentsSql } from "./watch-filter-sql.ts";
import { exportTables, type ExportTable } from "./watch-store.ts";

const MEMORY = "256MB";

/**
 * Writes one Parquet file a table. The store itself may not touch other files, so rows go through a second engine that may
 * touch this folder alone; they wait in a file there, not in memory. A file appears whole or not at all.
 */
export async function exportParquet(
  engine: Engine,
  folder: string,
  {
    tables = exportTables,
    where,
  }: { tables?: readonly ExportTable[] | undefined; where?: Filter | undefined },
  active: ReadonlySet<number>,
  options: QueryOptions,
): Promise<readonly string[]> {
  const target = resolve(folder);
  let scratch: string | undefined;
  try {
    await mkdir(target, { recursive: false }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    scratch = await mkdtemp(join(target, ".export-"));
    const paths: string[] = [];
    for (const table of new Set(tables)) {
      options.signal?.throwIfAborted();
      const statement = new Statement();
      const sql = await tableSql(table, where, active, statement, engine);
      const part = join(scratch, `${table}.parquet`);
      await copyOut(engine, sql, statement, { scratch, part, table }, options);
      const path = join(target, `${table}.parquet`);
      await rename(part, path);
      paths.push(path);
    }
    return paths;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code !== "ABORT_ERR")
      throw new ExpectedError(
        "output-failed",
        `cannot export: ${error.message}`,
        { file: target },
        { cause: error },
      );
    throw storeError(error, target);
  } finally {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  }
}

async function tableSql(
  table: ExportTable,
  where: Filter | undefined,
  active: ReadonlySet<number>,
  statement: Statement,
  engine: Engine,
): Promise<string> {
  const time = (column: string) => `make_timestamp((${column} * 1e6)::BIGINT)`;
  switch (table) {
    case "connections":
      return where === undefined
        ? "SELECT * EXCLUDE (row) FROM conn"
        : `SELECT * EXCLUDE (row) FROM conn WHERE row IN
             (SELECT row FROM connections WHERE ${await filterSql(where, statement, engine)})`;
    case "alerts":
      return `SELECT a.id, ${time("a.ts")} AS ts, ${time("a.ended")} AS ended, a.sensor, a.incident, a.orig, a.resp,
        a.resp_p, a.proto, a.service, a.p_value, a.score, array_to_string(a.detectors, ',') AS detectors,
        array_to_string(a.reasons, ',') AS reasons, list_has_any(a.suppressions, [${[...active].join(", ")}]::UINTEGER[]) AS suppressed,
        a.document FROM alerts a ORDER BY a.ended, a.ordinal`;
    case "incidents":
      return `SELECT i.id, i.sensor, i.shown AS status, i.is_over, ['low', 'medium', 'high', 'critical'][i.severity + 1] AS severity,
        i.p_value, i.host, i.kind, ${time("i.first_seen")} AS first_seen, ${time("i.last_seen")} AS last_seen, i.alerts,
        i.covered AS suppressed_alerts, i.headline, i.replaced_by, i.document FROM ${incidentsSql(active)}
        ORDER BY i.first_seen, i.id`;
  }
}

async function copyOut(
  engine: Engine,
  sql: string,
  statement: Statement,
  { scratch, part, table }: { readonly scratch: string; readonly part: string; readonly table: string },
  options: QueryOptions,
): Promise<void> {
  const instance = await DuckDBInstance.create(join(scratch, `${table}.db`), {
    memory_limit: MEMORY,
    temp_directory: join(scratch, "spill"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  let connection: DuckDBConnection | undefined;
  try {
    connection = await instance.connect();
    await connection.run(`SET allowed_directories = ['${scratch.replaceAll("'", "''")}']`);
    await connection.run("SET enable_external_access = false");
    await connection.run("SET lock_configuration = true");
    const copy = connection;
    await engine.stream(sql, statement, options, async (result) => {
      const names = result.columnNames();
      const types = result.columnTypes();
      const columns = names.map((name, i) => `"${name.replaceAll('"', '""')}" ${types[i]!.toString()}`);
      await copy.run(`CREATE TABLE rows (${columns.join(", ")})`);
      const appender = await copy.createAppender("rows");
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        appender.appendDataChunk(chunk);
      }
      appender.closeSync();
    });
    await connection.run(
      `COPY (FROM rows) TO '${part.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
    );
  } finally {
    connection?.closeSync();
    instance.closeSync();
  }
}
