import { ExpectedError } from "../base/errors.ts";
import { isSetSql, numberSql, type Side } from "./column-sql.ts";
import type { Engine } from "./engine.ts";
import { filterSql } from "./filter-sql.ts";
import { keyParts, keyValues, type KeyPart } from "./key-sql.ts";
import type { Aggregate, AggregateQuery, Key, Measure } from "./query.ts";
import { Statement } from "./statement.ts";
import type { QueryOptions } from "./store.ts";
import type { ZonePeriod } from "./zone.ts";

type Keys = Readonly<Record<string, Key>>;
type Measures = Readonly<Record<string, Measure>>;

/**
 * Answers a checked query. The statement has three layers: `r` computes from each row what is grouped by and measured,
 * `g` groups, and the outermost one looks up texts, orders and cuts.
 */
export async function aggregate<K extends Keys, M extends Measures>(
  engine: Engine,
  query: AggregateQuery<K, M>,
  periods: (zone: string) => readonly ZonePeriod[],
  options: QueryOptions,
): Promise<Aggregate<K, M>> {
  const keys = Object.entries<Key>(query.by);
  const measures = Object.entries<Measure>(query.measures);
  const statement = new Statement();
  const sides = sidesOf([
    ...keys.map(([, key]) => key),
    ...measures.flatMap(([, measure]) => distinctKeys(measure)),
  ]);
  const branches: string[] = [];
  let plan: Plan = { keyParts: [], measures: [] };
  for (const side of sides) {
    const columns: string[] = [];
    const context = { statement, side, periods };
    const add = (sql: string) => `c${columns.push(sql) - 1}`;
    const parts = keys.map(([, key]) =>
      keyParts(key, context).map((part) => ({ ...part, sql: add(part.sql) })),
    );
    const asked: string[] = [];
    for (const [, measure] of measures) {
      const where =
        "where" in measure && measure.where !== undefined
          ? add(await filterSql(measure.where, statement, engine, side))
          : undefined;
      asked.push(measureSql(measure, where, add, statement, (key) => keyParts(key, context), side));
    }
    plan = { keyParts: parts, measures: asked };
    const where = await filterSql(query.where, statement, engine, side);
    const once = side === "resp" ? " AND orig <> resp" : "";
    const list = columns.length === 0 ? "1" : columns.map((sql, i) => `${sql} AS c${i}`).join(", ");
    branches.push(`SELECT ${list} FROM connections WHERE ${where}${once}`);
  }
  const sql = outerSql(plan, branches, query, statement);
  const table = await engine.ask(sql.text, statement, options);
  const values: Record<string, Float64Array> = {};
  measures.forEach(([name], i) => (values[name] = table.numbers(i)));
  const groups = query.limit === undefined ? table.rows : (table.numbers(measures.length)[0] ?? 0);
  const found: Record<string, unknown> = {};
  keys.forEach(([name, key], i) => {
    const parts = plan.keyParts[i]!.map((part) => {
      const at = sql.columnOf.get(part.sql)!;
      const hasText = part.kind !== "number";
      if (part.kind === "plain") return { numbers: new Float64Array(0), texts: table.texts(at) };
      return { numbers: table.numbers(at), ...(hasText && { texts: table.texts(at + 1) }) };
    });
    found[name] = keyValues(key, parts);
  });
  return {
    rows: table.rows,
    groups,
    keys: found as Aggregate<K, M>["keys"],
    values: values as Aggregate<K, M>["values"],
  };
}

interface Plan {
  /** Parts of each key; `sql` is the column of `r`. */
  readonly keyParts: readonly (readonly KeyPart[])[];
  readonly measures: readonly string[];
}

function sidesOf(keys: readonly Key[]): readonly Side[] {
  const either = keys.filter((key) => key.kind === "host" && key.side === "either").length;
  if (either > 1)
    throw new ExpectedError("usage", "a query can be by either host only once; use peer for the other one");
  if (either === 1) return ["orig", "resp"];
  return ["orig"];
}

function distinctKeys(measure: Measure): readonly Key[] {
  if (measure.kind !== "distinct") return [];
  return Array.isArray(measure.of) ? (measure.of as readonly Key[]) : [measure.of as Key];
}

/** SQL of a measure over the columns that `add` puts into `r`; DOUBLE, NULL where there is nothing to measure. */
function measureSql(
  measure: Measure,
  where: string | undefined,
  add: (sql: string) => string,
  statement: Statement,
  partsOf: (key: Key) => readonly KeyPart[],
  side: Side,
): string {
  const only = where === undefined ? "" : ` FILTER (WHERE ${where})`;
  switch (measure.kind) {
    case "count":
      return `count(*)${only}::DOUBLE`;
    case "share":
      return `(count(*)${only}::DOUBLE / count(*))`;
    case "set":
      return `(count(*) FILTER (WHERE ${add(isSetSql(measure.column, side))}${where === undefined ? "" : ` AND ${where}`}))::DOUBLE`;
    case "min":
    case "max":
      return `${measure.kind}(${add(numberSql(measure.column, side))})${only}::DOUBLE`;
    case "sum":
      // Compensated, so that the answer does not depend on which thread saw which row.
      return `fsum(${add(`${numberSql(measure.column, side)}::DOUBLE`)})${only}`;
    case "mean":
      return `favg(${add(`${numberSql(measure.column, side)}::DOUBLE`)})${only}`;
    case "quantile":
      return `quantile_cont(${add(`${numberSql(measure.column, side)}::DOUBLE`)}, ${statement.real(measure.q)})${only}`;
    case "distinct": {
      const columns = distinctKeys(measure)
        .flatMap(partsOf)
        .map((part) => add(part.sql));
      const value =
        columns.length === 1
          ? columns[0]!
          : `CASE WHEN ${columns.map((column) => `${column} IS NOT NULL`).join(" AND ")}
             THEN {${columns.map((column) => `'${column}': ${column}`).join(", ")}} END`;
      return measure.approximate === true
        ? `approx_count_distinct(${value})${only}::DOUBLE`
        : `count(DISTINCT ${value})${only}::DOUBLE`;
    }
  }
}

/** The statement, and at which column of its answer each part of a key begins. */
function outerSql(
  plan: Plan,
  branches: readonly string[],
  query: AggregateQuery<Keys, Measures>,
  statement: Statement,
): { readonly text: string; readonly columnOf: ReadonlyMap<string, number> } {
  const parts = plan.keyParts.flat();
  const grouped = [...parts.map(({ sql }) => sql), ...plan.measures.map((sql, i) => `${sql} AS m${i}`)];
  const groupBy = parts.length === 0 ? "" : ` GROUP BY ${parts.map(({ sql }) => sql).join(", ")}`;
  const groups = `SELECT ${grouped.length === 0 ? "1" : grouped.join(", ")} FROM (${branches.join(" UNION ALL ")}) r${groupBy}`;
  const columns = plan.measures.map((_, i) => `m${i}`);
  if (query.limit !== undefined) columns.push("(count(*) OVER ())::DOUBLE");
  const columnOf = new Map<string, number>();
  const joins: string[] = [];
  for (const { sql, kind } of parts) {
    columnOf.set(sql, columns.length);
    if (kind === "plain") columns.push(`g.${sql}`);
    else columns.push(`g.${sql}::DOUBLE`);
    if (kind === "number" || kind === "plain") continue;
    columns.push(`t${sql}.value`);
    const table = kind === "address" ? "addresses" : `texts_${kind.coded}`;
    joins.push(`LEFT JOIN ${table} t${sql} ON t${sql}.code = g.${sql}`);
  }
  const order = orderSql(plan, query);
  const limit = query.limit === undefined ? "" : ` LIMIT ${statement.whole(query.limit)}`;
  return {
    text: `SELECT ${columns.length === 0 ? "1" : columns.join(", ")} FROM (${groups}) g ${joins.join(" ")}${order}${limit}`,
    columnOf,
  };
}

function orderSql(plan: Plan, query: AggregateQuery<Keys, Measures>): string {
  const keys = Object.keys(query.by);
  const measures = Object.keys(query.measures);
  const sorted = ({ sql, kind }: KeyPart) => (typeof kind === "object" ? `t${sql}.value` : `g.${sql}`);
  const terms: string[] = [];
  for (const { by, descending } of query.order ?? []) {
    const way = descending === true ? "DESC NULLS LAST" : "ASC NULLS LAST";
    const measure = measures.indexOf(by);
    const key = keys.indexOf(by);
    if (measure >= 0) terms.push(`m${measure} ${way}`);
    else if (key >= 0) terms.push(...plan.keyParts[key]!.map((part) => `${sorted(part)} ${way}`));
    else
      throw new ExpectedError(
        "usage",
        `cannot order by ${JSON.stringify(by)}: no key or measure has that name`,
      );
  }
  terms.push(...plan.keyParts.flat().map((part) => `${sorted(part)} ASC NULLS LAST`));
  return terms.length === 0 ? "" : ` ORDER BY ${terms.join(", ")}`;
}
