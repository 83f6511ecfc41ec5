import type { DuckDBConnection } from "@duckdb/node-api";
import { ExpectedError } from "../base/errors.ts";
import { readTable } from "./read-table.ts";
import { watchTables } from "./watch/tables.ts";

/** Columns of text that are stored as codes of a table `texts_<column>`; code 0 is unset. */
export const codedColumns = ["proto", "service", "conn_state", "history", "label", "detailedlabel"] as const;
export type CodedColumn = (typeof codedColumns)[number];

/** Whole numbers, NULL where unset. */
export const countColumns = [
  "orig_bytes",
  "resp_bytes",
  "missed_bytes",
  "orig_pkts",
  "orig_ip_bytes",
  "resp_pkts",
  "resp_ip_bytes",
  "ip_proto",
] as const;

/** IPv4 addresses are their 32-bit number; from here on it is a row of the table `addresses`. */
export const FIRST_IPV6 = 2 ** 32;

/** Value of the small columns `local_orig`, `local_resp` and `flagged` where they are unset; else 0 or 1. */
export const UNSET_FLAG = 2;

/**
 * Steps from an empty file to what this version reads, in order; the version of a file is how many of them it has seen.
 * A step that was released is never changed: what comes later is a further step.
 */
export const migrations: readonly (readonly string[])[] = [
  [
    "CREATE TABLE strayflow_store (version INTEGER NOT NULL)",
    "INSERT INTO strayflow_store VALUES (0)",
    "CREATE TABLE sources (id UINTEGER NOT NULL, name VARCHAR NOT NULL)",
    "CREATE TABLE addresses (code UBIGINT NOT NULL, value VARCHAR NOT NULL, high UBIGINT NOT NULL, low UBIGINT NOT NULL)",
    ...codedColumns.map(
      (column) => `CREATE TABLE texts_${column} (code UINTEGER NOT NULL, value VARCHAR NOT NULL)`,
    ),
    `CREATE TABLE connections (
       row BIGINT NOT NULL, source UINTEGER NOT NULL, ts BIGINT NOT NULL, duration DOUBLE,
       ${countColumns.map((column) => `${column} BIGINT`).join(", ")},
       orig UBIGINT NOT NULL, resp UBIGINT NOT NULL, orig_p USMALLINT NOT NULL, resp_p USMALLINT NOT NULL,
       ${codedColumns.map((column) => `${column} UINTEGER NOT NULL`).join(", ")},
       local_orig UTINYINT NOT NULL, local_resp UTINYINT NOT NULL,
       p_value DOUBLE, score DOUBLE, flagged UTINYINT NOT NULL, uid VARCHAR)`,
    readableView(),
  ],
  watchTables,
];

/** What any DuckDB client sees: Zeek's columns, by Zeek's names and in its order. */
function readableView(): string {
  const address = (column: string, table: string) => `CASE WHEN c.${column} < ${FIRST_IPV6}
    THEN concat_ws('.', c.${column} >> 24, (c.${column} >> 16) & 255, (c.${column} >> 8) & 255, c.${column} & 255)
    ELSE ${table}.value END`;
  const flag = (column: string) =>
    `CASE WHEN c.${column} = ${UNSET_FLAG} THEN NULL ELSE c.${column} = 1 END AS ${column}`;
  const text = (column: CodedColumn) => `t_${column}.value AS ${column}`;
  return `CREATE VIEW conn AS SELECT make_timestamp(c.ts) AS ts, c.uid, ${address("orig", "o")} AS "id.orig_h",
    c.orig_p AS "id.orig_p", ${address("resp", "r")} AS "id.resp_h", c.resp_p AS "id.resp_p", ${text("proto")},
    ${text("service")}, c.duration, c.orig_bytes, c.resp_bytes, ${text("conn_state")}, ${flag("local_orig")},
    ${flag("local_resp")}, c.missed_bytes, ${text("history")}, c.orig_pkts, c.orig_ip_bytes, c.resp_pkts,
    c.resp_ip_bytes, c.ip_proto, ${text("label")}, ${text("detailedlabel")}, c.p_value, c.score, ${flag("flagged")},
    s.name AS source, c.row
    FROM connections c JOIN sources s ON s.id = c.source
    LEFT JOIN addresses o ON o.code = c.orig LEFT JOIN addresses r ON r.code = c.resp
    ${codedColumns.map((column) => `LEFT JOIN texts_${column} t_${column} ON t_${column}.code = c.${column}`).join(" ")}`;
}

/**
 * Brings an open database to the newest version, all of it or nothing. Throws `ExpectedError` where the database is not
 * a store, or is one of a later version; `readOnly` also where it is older.
 */
export async function migrate(
  connection: DuckDBConnection,
  file: string,
  {
    readOnly = false,
    steps = migrations,
  }: { readOnly?: boolean; steps?: readonly (readonly string[])[] } = {},
): Promise<void> {
  const version = await readVersion(connection, file);
  if (version > steps.length)
    throw new ExpectedError(
      "store-version",
      `the store has version ${version}, this strayflow knows versions up to ${steps.length}`,
      { file },
    );
  if (version === steps.length) return;
  if (readOnly)
    throw new ExpectedError(
      "store-version",
      `the store has version ${version} and must be brought to ${steps.length}, but it was opened for reading only`,
      { file },
    );
  await connection.run("BEGIN");
  try {
    for (const statement of steps.slice(version).flat()) await connection.run(statement);
    await connection.run("UPDATE strayflow_store SET version = $1", [steps.length]);
    await connection.run("COMMIT");
  } catch (error) {
    await connection.run("ROLLBACK");
    throw error;
  }
}

async function readVersion(connection: DuckDBConnection, file: string): Promise<number> {
  const tables = await readTable(
    await connection.run(
      "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal",
    ),
  );
  const names = tables.texts(0);
  if (names.length === 0) return 0;
  if (!names.includes("strayflow_store"))
    throw new ExpectedError(
      "store-damaged",
      `expected a store of strayflow, found a DuckDB database with other tables`,
      { file },
    );
  const version = await readTable(await connection.run("SELECT version::DOUBLE FROM strayflow_store"));
  const value = version.rows === 1 ? version.numbers(0)[0]! : NaN;
  if (!Number.isInteger(value) || value < 1)
    throw new ExpectedError("store-damaged", "the store does not say which version it has", { file });
  return value;
}
