import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { Statement } from "../statement.ts";
import { run } from "./run.ts";
import type { DriftEntry } from "./watch-store.ts";

/** Writes entries; days of which there were entries are replaced. */
export async function writeDriftDays(
  connection: DuckDBConnection,
  entries: readonly DriftEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const days = new Map(entries.map(({ sensor, day }) => [JSON.stringify([sensor, day]), { sensor, day }]));
  for (const { sensor, day } of days.values()) {
    const removal = new Statement();
    await run(
      connection,
      `DELETE FROM drift WHERE sensor = ${removal.text(sensor)} AND day = ${removal.text(day)}`,
      removal,
    );
  }
  const appender = await connection.createAppender("drift");
  for (const { sensor, day, measure, column = "", value, usual } of entries) {
    for (const text of [sensor, day, measure, column]) appender.appendVarchar(text.toWellFormed());
    appendNumber(appender, value);
    appendNumber(appender, usual);
    appender.endRow();
  }
  appender.closeSync();
}

function appendNumber(appender: DuckDBAppender, value: number): void {
  if (Number.isFinite(value)) appender.appendDouble(value);
  else appender.appendNull();
}
