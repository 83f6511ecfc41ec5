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
const MOST_COUNTED = 250_000;

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
        quantiles: quantiles.map((q) => ({
          q,
          value: between(q, known, (place) => valueAt(values, ends, place)),
        })),
      },
    }),
    top: order.map((i) => ({ value: values[i]!, rows: counts[i]! })),
  };
}

/** Linear between the two nearest values: NumPy's default, type 7 of Hyndman and Fan (1996). */
function between(q: number, rows: number, at: (place: number) => number): number {
  const place = q * (rows - 1);
  const whole = Math.floor(place);
  const low = at(whole);
  return whole === place ? low : low + (place - whole) * (at(whole + 1) - low);
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
  const found: number[] = [];
  if (most === 0) return found;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (found.length === most && count <= counts[found[most - 1]!]!) continue;
    // Behind those that are as high, which came before.
    let at = found.length;
    while (at > 0 && counts[found[at - 1]!]! < count) at--;
    found.splice(at, 0, i);
    if (found.length > most) found.pop();
  }
  return found;
}

/** The same of a column with millions of different values, by the engine, which sorts on the disk where it must. */
async function profileOfMany(engine: Engine, query: NumberQuery, options: QueryOptions): Promise<Profile> {
  const { column, where, quantiles = usualQuantiles } = query;
  const statement = new Statement();
  const rows = await filterSql(where, statement, engine);
  const summary = await engine.ask(
    `SELECT count(*)::DOUBLE, count(v)::DOUBLE, (count(*) FILTER (WHERE v = 0))::DOUBLE, min(v), max(v), favg(v), fsum(v)
     FROM (SELECT ${numberSql(column)}::DOUBLE v FROM connections WHERE ${rows})`,
    statement,
    options,
  );
  const [n, known, zeros, min, max, mean, sum] = [...Array(7).keys()].map((i) => summary.numbers(i)[0]!) as [
    number, number, number, number, number, number, number,
  ]; // prettier-ignore
  const values =
    known > 0 ? await sortedValues(engine, query, placesOf(quantiles, known), options) : undefined;
  return {
    rows: n,
    unset: n - known,
    zeros,
    ...(values && {
      numbers: {
        min,
        max,
        mean,
        sum,
        quantiles: quantiles.map((q) => ({ q, value: between(q, known, (place) => values.get(place)!) })),
      },
    }),
    ...(await mostFrequent(engine, query, options)),
  };
}

/** The rows, from 0 in ascending order, that quantiles lie between. */
function placesOf(quantiles: readonly number[], rows: number): readonly number[] {
  const places = new Set<number>();
  for (const q of quantiles) {
    between(q, rows, (place) => {
      places.add(place);
      return 0;
    });
  }
  return [...places];
}

/** The values of some rows, from 0 in ascending order. */
async function sortedValues(
  engine: Engine,
  { column, where }: NumberQuery,
  places: readonly number[],
  options: QueryOptions,
): Promise<ReadonlyMap<number, number>> {
  if (places.length === 0) return new Map();
  const statement = new Statement();
  const rows = await filterSql(where, statement, engine);
  const list = places.map((place) => statement.whole(place + 1)).join(", ");
  const table = await engine.ask(
    `SELECT r::DOUBLE, v FROM (SELECT v, row_number() OVER (ORDER BY v) r
       FROM (SELECT ${numberSql(column)}::DOUBLE v FROM connections WHERE ${rows}) WHERE v IS NOT NULL)
     WHERE r IN (${list})`,
    statement,
    options,
  );
  const values = table.numbers(1);
  return new Map(Array.from(table.numbers(0), (place, i) => [place - 1, values[i]!]));
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
