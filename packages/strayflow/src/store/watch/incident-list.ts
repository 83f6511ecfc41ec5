import { ExpectedError } from "../../base/errors.ts";
import type { Incident } from "../../detect/incidents/incident.ts";
import type { Engine } from "../engine.ts";
import type { Table } from "../read-table.ts";
import { Statement } from "../statement.ts";
import type { QueryOptions } from "../store.ts";
import { unpackDocument } from "./documents.ts";
import { afterSql, orderSql, writeCursor, type ListOrder } from "./page-cursor.ts";
import type { IncidentQuery, Verdict } from "./watch-filter.ts";
import { incidentSql, incidentsSql } from "./watch-filter-sql.ts";
import type { HistoryEntry, StoredIncident } from "./watch-store.ts";

export const USUAL_PAGE = 100;

/** A time or a p-value that is unset comes last. */
const orders: Readonly<Record<NonNullable<IncidentQuery["order"]>, ListOrder>> = {
  worst: {
    numbers: ["-i.severity::DOUBLE", "coalesce(i.p_value, 2)", "-i.alerts", "coalesce(i.first_seen, 1e300)"],
    text: "i.id",
  },
  latest: { numbers: ["coalesce(-i.last_seen, 1e300)"], text: "i.id" },
  first: { numbers: ["coalesce(i.first_seen, 1e300)"], text: "i.id" },
};

const columns = `i.revision::DOUBLE, i.covered, i.alerts, i.is_over::INTEGER::DOUBLE, i.document, i.sensor, i.status, i.replaced_by`;

/** Answers a checked query. */
export async function listIncidents(
  engine: Engine,
  query: IncidentQuery,
  active: ReadonlySet<number>,
  options: QueryOptions,
): Promise<{ incidents: readonly StoredIncident[]; next?: string; total: number }> {
  const { limit = USUAL_PAGE, cursor } = query;
  const order = orders[query.order ?? "worst"];
  const counting = new Statement();
  const all = await engine.ask(
    `SELECT count(*)::DOUBLE FROM ${incidentsSql(active)} WHERE ${incidentSql(query.where, counting)}`,
    counting,
    options,
  );
  const statement = new Statement();
  const where = incidentSql(query.where, statement);
  const after = cursor === undefined ? "TRUE" : afterSql(order, cursor, statement);
  const table = await engine.ask(
    `SELECT ${columns}, i.id, ${order.numbers.map((sql) => `(${sql})::DOUBLE`).join(", ")} FROM ${incidentsSql(active)}
     WHERE ${where} AND ${after} ${orderSql(order)} LIMIT ${statement.whole(limit + 1)}`,
    statement,
    options,
  );
  const incidents = incidentsOf(table).slice(0, limit);
  const last = incidents.length - 1;
  const key = () => order.numbers.map((_, i) => table.numbers(9 + i)[last]!);
  return {
    incidents,
    ...(table.rows > limit && { next: writeCursor(key(), table.texts(8)[last]!) }),
    total: all.numbers(0)[0]!,
  };
}

/** Incidents by id. */
export async function incidentsById(
  engine: Engine,
  ids: readonly string[],
  active: ReadonlySet<number>,
): Promise<readonly StoredIncident[]> {
  if (ids.length === 0) return [];
  const statement = new Statement();
  const list = ids.map((id) => statement.text(id)).join(", ");
  return incidentsOf(
    await engine.ask(
      `SELECT ${columns} FROM ${incidentsSql(active)} WHERE i.id IN (${list}) ${orderSql(orders.worst)}`,
      statement,
    ),
  );
}

function incidentsOf(table: Table): StoredIncident[] {
  const [revision, covered, alerts, isOver] = [0, 1, 2, 3].map((column) => table.numbers(column));
  const [sensor, status, replacedBy] = [5, 6, 7].map((column) => table.texts(column));
  return table.texts(4).map((document, i) => ({
    incident: unpackDocument<Incident>(document!),
    sensor: sensor![i]!,
    revision: revision![i]!,
    status: status![i] as Verdict,
    isSuppressed: covered![i]! >= alerts![i]!,
    suppressedAlerts: Math.min(covered![i]!, alerts![i]!),
    isOver: isOver![i] === 1,
    ...(replacedBy![i] === null ? {} : { replacedBy: replacedBy![i]! }),
  }));
}

/**
 * The whole id of an entry of a table of which this is the beginning. Throws `ExpectedError` where there is none, or where there
 * are several.
 */
export async function wholeId(engine: Engine, table: "incidents" | "alerts", start: string): Promise<string> {
  const what = table === "incidents" ? "incident" : "alert";
  const statement = new Statement();
  const found = await engine.ask(
    `SELECT DISTINCT id FROM ${table} WHERE starts_with(id, ${statement.text(start)}) ORDER BY id LIMIT 6`,
    statement,
  );
  const ids = found.texts(0).map((id) => id!);
  if (ids.includes(start)) return start;
  if (start === "" || ids.length === 0)
    throw new ExpectedError("usage", `there is no ${what} ${JSON.stringify(start)} in the store`);
  if (ids.length > 1)
    throw new ExpectedError(
      "usage",
      `several ${what}s begin with ${start}: ${ids.slice(0, 5).join(", ")}${ids.length > 5 ? " and others" : ""}`,
    );
  return ids[0]!;
}

/** What was done to an incident, and to those that turned out to be part of it, in order. */
export async function incidentHistory(engine: Engine, id: string): Promise<readonly HistoryEntry[]> {
  const statement = new Statement();
  const one = statement.text(id);
  const table = await engine.ask(
    `SELECT time, suppression::DOUBLE, incident, action, author, note FROM history
     WHERE incident = ${one} OR incident IN (SELECT id FROM incidents WHERE replaced_by = ${one}) ORDER BY number`,
    statement,
  );
  const [time, suppression] = [table.numbers(0), table.numbers(1)];
  const [incident, action, author, note] = [2, 3, 4, 5].map((column) => table.texts(column));
  return Array.from(time, (at, i) => ({
    time: at,
    ...(incident![i] === null ? {} : { incident: incident![i]! }),
    ...(Number.isNaN(suppression[i]!) ? {} : { suppression: suppression[i]! }),
    action: action![i] as HistoryEntry["action"],
    author: author![i]!,
    note: note![i]!,
  }));
}
