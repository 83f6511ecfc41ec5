import type { Alert } from "../../detect/alert.ts";
import type { Engine } from "../engine.ts";
import type { Table } from "../read-table.ts";
import { Statement } from "../statement.ts";
import type { QueryOptions } from "../store.ts";
import { unpackDocument } from "./documents.ts";
import { USUAL_PAGE } from "./incident-list.ts";
import { afterSql, orderSql, writeCursor, type ListOrder } from "./page-cursor.ts";
import type { AlertQuery } from "./watch-filter.ts";
import { alertSql, incidentsSql } from "./watch-filter-sql.ts";
import type { StoredAlert } from "./watch-store.ts";

const orders: Readonly<Record<NonNullable<AlertQuery["order"]>, ListOrder>> = {
  strongest: {
    numbers: ["coalesce(a.p_value, 2)", "coalesce(-a.score, 1e300)", "a.ordinal::DOUBLE"],
    text: "a.id",
  },
  latest: { numbers: ["coalesce(-a.ended, 1e300)", "-a.ordinal::DOUBLE"], text: "a.id" },
  first: { numbers: ["coalesce(a.ended, 1e300)", "a.ordinal::DOUBLE"], text: "a.id" },
};

const columns =
  "a.ordinal::DOUBLE, a.id, a.incident, a.sensor, array_to_string(a.suppressions, ','), a.document";

/** Answers a checked query. */
export async function listAlerts(
  engine: Engine,
  query: AlertQuery,
  active: ReadonlySet<number>,
  options: QueryOptions,
): Promise<{ alerts: readonly StoredAlert[]; next?: string; total: number }> {
  const { limit = USUAL_PAGE, cursor } = query;
  const order = orders[query.order ?? "latest"];
  const from = `alerts a LEFT JOIN ${incidentsSql(active)} ON i.id = a.incident`;
  const counting = new Statement();
  const all = await engine.ask(
    `SELECT count(*)::DOUBLE FROM ${from} WHERE ${alertSql(query.where, counting, active)}`,
    counting,
    options,
  );
  const statement = new Statement();
  const where = alertSql(query.where, statement, active);
  const after = cursor === undefined ? "TRUE" : afterSql(order, cursor, statement);
  const table = await engine.ask(
    `SELECT ${columns}, ${order.numbers.map((sql) => `(${sql})::DOUBLE`).join(", ")} FROM ${from}
     WHERE ${where} AND ${after} ${orderSql(order)} LIMIT ${statement.whole(limit + 1)}`,
    statement,
    options,
  );
  const alerts = alertsOf(table, active).slice(0, limit);
  const last = alerts.length - 1;
  const key = () => order.numbers.map((_, i) => table.numbers(6 + i)[last]!);
  return {
    alerts,
    ...(table.rows > limit && { next: writeCursor(key(), alerts[last]!.id) }),
    total: all.numbers(0)[0]!,
  };
}

export async function alertById(
  engine: Engine,
  id: string,
  active: ReadonlySet<number>,
): Promise<StoredAlert> {
  const statement = new Statement();
  const table = await engine.ask(
    `SELECT ${columns} FROM alerts a WHERE a.id = ${statement.text(id)}`,
    statement,
  );
  return alertsOf(table, active)[0]!;
}

function alertsOf(table: Table, active: ReadonlySet<number>): StoredAlert[] {
  const ordinal = table.numbers(0);
  const [id, incident, sensor, suppressions] = [1, 2, 3, 4].map((column) => table.texts(column));
  return table.texts(5).map((document, i) => ({
    id: id![i]!,
    ordinal: ordinal[i]!,
    incident: incident![i]!,
    sensor: sensor![i]!,
    alert: unpackDocument<Alert>(document!),
    suppressions: (suppressions![i] ?? "")
      .split(",")
      .filter((text) => text !== "")
      .map(Number)
      .filter((one) => active.has(one)),
  }));
}
