import { addressColumns, type AddressColumn, type NumberColumn, type StoreColumn } from "./store-columns.ts";
import { aggregate } from "./aggregate.ts";
import { isBoolean, isCoded, isSetSql, numberSql } from "./column-sql.ts";
import type { Engine } from "./engine.ts";
import { filterSql } from "./filter-sql.ts";
import type { Key, Profile, ProfileQuery } from "./query.ts";
import { Statement } from "./statement.ts";
import type { QueryOptions } from "./store.ts";

const usualQuantiles = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1];
const USUAL_TOP = 10;

/** Columns with more different values than this are left to the engine, which can put them on the disk. */
const MOST_COUNTED = 2_000_000;

/** Answers a checked query. */
export async function profile(engine: Engine, query: ProfileQuery, options: QueryOptions): Promise<Profile> {
  const { column, mostCounted = MOST_COUNTED } = query;
  if (!isNumber(column)) return profileOfWords(engine, query, options);
  const statement = new Statement();
  const where = await filterSql(query.where, statement, engine);
  const sql = `SELECT approx_count_distinct(${numberSql(column)})::DOUBLE FROM connections WHERE ${where}`;
  const different = (await engine.ask(sql, statement, options)).numbers(0)[0]!;
  return different <= mostCounted
    ? profileOfCounts(engine, { ...query, column }, options)
    : profileOfMany(engine, { ...query, column }, options);
}

function isNumber(column: StoreColumn | AddressColumn): column is NumberColumn {
  return !isAddress(column) && !isCoded(column) && !isBoolean(column) && column !== "uid";
}

function isAddress(column: string): column is AddressColumn {
  return (addressColumns as readonly string[]).includes(column);
}

type NumberQuery = ProfileQuery & { readonly column: NumberColumn };

/** All of it from how often each value occurs. */
async function profileOfCounts(
  engine: Engine,
  { column, where, top = USUAL_TOP, quantiles = usualQuantiles }: NumberQuery,
  options: QueryOptions,
): Promise<Profile> {
  const statement = new Statement();
  const rows = await filterSql(where, statement, engine);
  const table = await engine.ask(
    `SELECT v, count(*)::DOUBLE FROM (SELECT ${numberSql(column)}::DOUBLE v FROM connections WHERE ${rows})
     GROUP BY v ORDER BY v NULLS LAST`,
    statement,
    options,
  );
  const all = table.numbers(0);
  const counts = table.numbers(1);
  const distinct = all.length - (Number.isNaN(all.at(-1)) ? 1 : 0);
  const values = all.subarray(0, distinct);
  const unset = counts[distinct] ?? 0;
  // `ends[i]`: rows with values up to the i-th.
  const ends = new Float64Array(distinct);
  const zero = values.indexOf(0);
  let known = 0;
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < distinct; i++) {
    ends[i] = known += counts[i]!;
    // Kahan's sum: what rounding lost is added to the next term.
    const term = values[i]! * counts[i]! - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
  }
  const order = highest(counts.subarray(0, distinct), top);
  return {
    rows: known + unset,
    unset,
    zeros: zero < 0 ? 0 : counts[zero]!,
    distinct,
    ...(distinct > 0 && {
      numbers: {
        min: values[0]!,
        max: values.at(-1)!,
        mean: sum / known,
        sum,
        quantiles: quantiles.map((q) => ({ q, value: quantileOf(values, ends, q) })),
      },
    }),
    top: order.map((i) => ({ value: values[i]!, rows: counts[i]! })),
  };
}

/** Linear between the two nearest values: NumPy's default, type 7 of Hyndman and Fan (1996). */
function quantileOf(values: Float64Array, ends: Float64Array, q: number): number {
  const place = q * (ends.at(-1)! - 1);
  const whole = Math.floor(place);
  const low = valueAt(values, ends, whole);
  return whole === place ? low : low + (place - whole) * (valueAt(values, ends, whole + 1) - low);
}

/** The value of the row `place` (from 0) in ascending order. */
function valueAt(values: Float64Array, ends: Float64Array, place: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > place) high = middle;
    else low = middle + 1;
  }
  return values[low]!;
}

/** Where the `most` highest counts are, the first of those that are equal first. */
function highest(counts: Float64Array, most: number): readonly number[] {
  if (most === 0) return [];
  const least = counts.slice().sort().at(-most) ?? -Infinity;
  const found: number[] = [];
  let ties = most;
  for (const count of counts) if (count > least) ties--;
  for (let i = 0; i < counts.length; i++)
    if (counts[i]! > least || (counts[i] === least && ties-- > 0)) found.push(i);
  return found.sort((a, b) => counts[b]! - counts[a]! || a - b);
}

/** The same of a column with millions of different values, by the engine. */
async function profileOfMany(engine: Engine, query: NumberQuery, options: QueryOptions): Promise<Profile> {
  const { column, where, quantiles = usualQuantiles } = query;
  const statement = new Statement();
  const rows = await filterSql(where, statement, engine);
  const list = quantiles.map((q) => statement.real(q)).join(", ");
  const summary = await engine.ask(
    `SELECT n::DOUBLE, known::DOUBLE, zeros::DOUBLE, low, high, average, total${quantiles.map((_, i) => `, list[${i + 1}]`).join("")}
     FROM (SELECT count(*) n, count(v) known, count(*) FILTER (WHERE v = 0) zeros, min(v) low, max(v) high, favg(v) average,
       fsum(v) total${quantiles.length === 0 ? "" : `, quantile_cont(v, [${list}]) list`}
       FROM (SELECT ${numberSql(column)}::DOUBLE v FROM connections WHERE ${rows}))`,
    statement,
    options,
  );
  const [n, known, zeros, min, max, mean, sum, ...found] = [...Array(7 + quantiles.length).keys()].map(
    (i) => summary.numbers(i)[0]!,
  ) as [number, number, number, number, number, number, number, ...number[]];
  return {
    rows: n,
    unset: n - known,
    zeros,
    ...(known > 0 && {
      numbers: { min, max, mean, sum, quantiles: quantiles.map((q, i) => ({ q, value: found[i]! })) },
    }),
    ...(await mostFrequent(engine, query, options)),
  };
}

async function profileOfWords(engine: Engine, query: ProfileQuery, options: QueryOptions): Promise<Profile> {
  const { column, where } = query;
  const statement = new Statement();
  const rows = await filterSql(where, statement, engine);
  const set = isAddress(column) ? "TRUE" : isSetSql(column);
  const sql = `SELECT count(*)::DOUBLE, (count(*) FILTER (WHERE ${set}))::DOUBLE FROM connections WHERE ${rows}`;
  const table = await engine.ask(sql, statement, options);
  const [n, known] = [table.numbers(0)[0]!, table.numbers(1)[0]!];
  return { rows: n, unset: n - known, zeros: 0, ...(await mostFrequent(engine, query, options)) };
}

async function mostFrequent(
  engine: Engine,
  { column, where, top = USUAL_TOP }: ProfileQuery,
  options: QueryOptions,
): Promise<Pick<Profile, "distinct" | "top">> {
  const key: Key = isAddress(column)
    ? { kind: "host", side: column === "id.orig_h" ? "orig" : "resp" }
    : { kind: "column", column };
  const frequent = await aggregate(
    engine,
    {
      by: { value: key },
      measures: { rows: { kind: "count" } },
      where: isAddress(column) ? where : { ...where, set: [...(where?.set ?? []), column] },
      order: [{ by: "rows", descending: true }],
      limit: Math.max(1, top),
    },
    () => [],
    options,
  );
  const values = Array.from(frequent.keys.value as ArrayLike<string | number | boolean>).slice(0, top);
  return {
    distinct: frequent.groups,
    top: values.map((value, i) => ({ value, rows: frequent.values.rows[i]! })),
  };
}
