import type { DuckDBConnection } from "@duckdb/node-api";
import { readTable, type Table } from "../read-table.ts";
import { Statement } from "../statement.ts";

/** Runs a statement on the connection that writes. */
export async function run(
  connection: DuckDBConnection,
  sql: string,
  statement = new Statement(),
): Promise<Table> {
  return readTable(await connection.run(sql, statement.values, statement.types));
}

/** A list of placeholders for texts; it holds none where there are none. */
export function textList(values: readonly string[], statement: Statement): string {
  return values.length === 0 ? "(NULL)" : `(${values.map((value) => statement.text(value)).join(", ")})`;
}

export function undefinedIfNaN(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/** A list of whole numbers as SQL. */
export function idList(ids: Iterable<number>): string {
  return `[${[...ids].map((id) => String(Math.trunc(id))).join(", ")}]::UINTEGER[]`;
}
