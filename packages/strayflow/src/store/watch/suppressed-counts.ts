import { LIST, UINTEGER, listValue, type DuckDBConnection } from "@duckdb/node-api";
import { Statement } from "../statement.ts";
import { run, textList } from "./run.ts";

/** How many alerts of an incident are covered by the same suppressions. */
export interface SuppressedCount {
  readonly incident: string;
  /** Ascending. */
  readonly suppressions: readonly number[];
  readonly alerts: number;
}

/** Counts of incidents, one entry for each set of suppressions. */
export async function readSuppressed(
  connection: DuckDBConnection,
  incidents: readonly string[],
): Promise<readonly SuppressedCount[]> {
  if (incidents.length === 0) return [];
  const statement = new Statement();
  const table = await run(
    connection,
    `SELECT incident, array_to_string(suppressions, ','), alerts FROM suppressed
     WHERE incident IN ${textList(incidents, statement)}`,
    statement,
  );
  const [ids, sets, alerts] = [table.texts(0), table.texts(1), table.numbers(2)];
  return ids.map((incident, i) => ({
    incident: incident!,
    suppressions: sets[i]!.split(",").map(Number),
    alerts: alerts[i]!,
  }));
}

/** Replaces all counts of these incidents. */
export async function writeSuppressed(
  connection: DuckDBConnection,
  incidents: readonly string[],
  counts: readonly SuppressedCount[],
): Promise<void> {
  const removal = new Statement();
  await run(connection, `DELETE FROM suppressed WHERE incident IN ${textList(incidents, removal)}`, removal);
  const appender = await connection.createAppender("suppressed");
  for (const { incident, suppressions, alerts } of mergeCounts(counts)) {
    if (alerts === 0 || suppressions.length === 0) continue;
    appender.appendVarchar(incident);
    appender.appendList(listValue([...suppressions]), LIST(UINTEGER));
    appender.appendDouble(alerts);
    appender.endRow();
  }
  appender.closeSync();
}

function mergeCounts(counts: readonly SuppressedCount[]): readonly SuppressedCount[] {
  const merged = new Map<string, SuppressedCount>();
  for (const count of counts) {
    const key = `${count.incident} ${count.suppressions.join()}`;
    const known = merged.get(key);
    merged.set(key, { ...count, alerts: count.alerts + (known?.alerts ?? 0) });
  }
  return [...merged.values()];
}

/** How many alerts of each incident are covered by one of the active suppressions. */
export function coveredAlerts(
  counts: readonly SuppressedCount[],
  active: ReadonlySet<number>,
): ReadonlyMap<string, number> {
  const covered = new Map<string, number>();
  for (const { incident, suppressions, alerts } of counts)
    if (suppressions.some((id) => active.has(id)))
      covered.set(incident, (covered.get(incident) ?? 0) + alerts);
  return covered;
}
