import { setImmediate } from "node:timers/promises";
import { numberSql } from "./column-sql.ts";
import type { Engine } from "./engine.ts";
import { filterSql } from "./filter-sql.ts";
import type { CorrelationQuery, Correlations } from "./query.ts";
import { averagePlaces, correlateCentred, denseRanks, UNSET_RANK } from "./ranks.ts";
import { copyNumbers } from "./read-table.ts";
import { Statement } from "./statement.ts";
import type { QueryOptions } from "./store.ts";

const MOST_RANKED_ROWS = 1_500_000;

/** Answers a checked query. */
export async function correlations(
  engine: Engine,
  query: CorrelationQuery,
  options: QueryOptions,
): Promise<Correlations> {
  return query.method === "pearson" ? pearson(engine, query, options) : spearman(engine, query, options);
}

/**
 * Pearson's coefficient of every pair, over the rows where both are set. The engine sums by which columns are set, of
 * which there are few patterns, so that nothing but sums leaves it.
 */
async function pearson(
  engine: Engine,
  { columns, where }: CorrelationQuery,
  options: QueryOptions,
): Promise<Correlations> {
  const width = columns.length;
  const matrix = new Float64Array(width * width);
  const rows = new Float64Array(width * width);
  if (width === 0) return { columns, matrix, rows, sampled: false };
  const centres = await means(engine, columns, where, options);
  const statement = new Statement();
  const inner = columns.map((column, i) => {
    const value = `${numberSql(column)}::DOUBLE`;
    return `coalesce(${value} - ${statement.real(centres[i]!)}, 0) v${i}, (${value} IS NOT NULL)::INTEGER s${i}`;
  });
  const pattern = columns.map((_, i) => `s${i} * ${2 ** i}`).join(" + ");
  const sums = columns.map((_, i) => `fsum(v${i})`);
  for (const [i, j] of pairsOf(width)) sums.push(`fsum(v${i} * v${j})`);
  const table = await engine.ask(
    `SELECT (${pattern})::DOUBLE AS pattern, count(*)::DOUBLE, ${sums.join(", ")}
     FROM (SELECT ${inner.join(", ")} FROM connections WHERE ${await filterSql(where, statement, engine)})
     GROUP BY pattern ORDER BY pattern`,
    statement,
    options,
  );
  const patterns = table.numbers(0);
  const counts = table.numbers(1);
  const single = columns.map((_, i) => table.numbers(2 + i));
  const products = pairsOf(width).map((_, k) => table.numbers(2 + width + k));
  const square = (i: number) => products[pairPlace(i, i)]!;
  for (const [i, j] of pairsOf(width)) {
    const pair: Moments = { n: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0 };
    for (let group = 0; group < table.rows; group++) {
      const set = patterns[group]!;
      if (((set >> i) & (set >> j) & 1) === 0) continue;
      pair.n += counts[group]!;
      pair.x += single[i]![group]!;
      pair.y += single[j]![group]!;
      pair.xx += square(i)[group]!;
      pair.yy += square(j)[group]!;
      pair.xy += products[pairPlace(i, j)]![group]!;
    }
    const value = correlate(pair);
    matrix[i * width + j] = matrix[j * width + i] = i === j && !Number.isNaN(value) ? 1 : value;
    rows[i * width + j] = rows[j * width + i] = pair.n;
  }
  return { columns, matrix, rows, sampled: false };
}

/** Every two columns, and each with itself; the first is not the smaller one. */
function pairsOf(width: number): readonly (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0; i < width; i++) for (let j = 0; j <= i; j++) pairs.push([i, j]);
  return pairs;
}

/** Where a pair, the first not the smaller one, stands among them. */
function pairPlace(i: number, j: number): number {
  return (i * (i + 1)) / 2 + j;
}

/**
 * Spearman's coefficient of every pair: Pearson's of the ranks among the rows where both are set, ties sharing their
 * average rank. Each column is sorted once. Pairs that are set in the same rows share the ranks within those.
 */
async function spearman(
  engine: Engine,
  { columns, where, mostRows = MOST_RANKED_ROWS }: CorrelationQuery,
  options: QueryOptions,
): Promise<Correlations> {
  const width = columns.length;
  const total = await countRows(engine, where, options);
  const every = Math.ceil(total / mostRows);
  const values = await fetchColumns(engine, columns, where, every, total, options);
  const ranks: Int32Array[] = [];
  for (const [i, column] of values.entries()) {
    ranks.push(denseRanks(column));
    // Frees the values of a column as soon as its ranks are known.
    values[i] = new Float64Array(0);
    await breathe(options);
  }
  const matrix = new Float64Array(width * width).fill(NaN);
  const rows = new Float64Array(width * width);
  for (const { both, pairs } of pairsByRows(ranks)) {
    const places = new Map<number, Float64Array>();
    for (const i of new Set(pairs.flat())) {
      places.set(i, averagePlaces(ranks[i]!, both));
      await breathe(options);
    }
    for (const [i, j] of pairs) {
      const value = correlateCentred(places.get(i)!, places.get(j)!);
      matrix[i * width + j] = matrix[j * width + i] = i === j && !Number.isNaN(value) ? 1 : value;
      rows[i * width + j] = rows[j * width + i] = both.length;
      await breathe(options);
    }
  }
  return { columns, matrix, rows, sampled: every > 1 };
}

/** Lets an abort arrive. */
async function breathe({ signal }: QueryOptions): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

interface Pairs {
  /** The rows where both are set. */
  readonly both: Int32Array;
  readonly pairs: (readonly [number, number])[];
}

/** All pairs of columns, put together by the rows that they share; one group at a time is in memory. */
function* pairsByRows(ranks: readonly Int32Array[]): Generator<Pairs> {
  const length = ranks[0]?.length ?? 0;
  // Columns that are unset in the same rows have the same pattern.
  const patterns: Int32Array[] = [];
  const patternOf = ranks.map((column) => {
    const known = patterns.findIndex((pattern) => sameUnset(pattern, column));
    return known >= 0 ? known : patterns.push(column) - 1;
  });
  const groups = new Map<string, (readonly [number, number])[]>();
  const full = patterns.map((pattern) => !pattern.includes(UNSET_RANK));
  for (let i = 0; i < ranks.length; i++)
    for (let j = 0; j <= i; j++) {
      const two = [patternOf[i]!, patternOf[j]!].filter((pattern) => full[pattern] === false);
      const name = [...new Set(two)].sort((a, b) => a - b).join();
      groups.set(name, [...(groups.get(name) ?? []), [i, j]]);
    }
  for (const [name, pairs] of groups) {
    const unset = name === "" ? [] : name.split(",").map((pattern) => patterns[Number(pattern)]!);
    const both = new Int32Array(length);
    let rows = 0;
    for (let row = 0; row < length; row++)
      if (unset.every((pattern) => pattern[row] !== UNSET_RANK)) both[rows++] = row;
    yield { both: both.subarray(0, rows), pairs };
  }
}

function sameUnset(one: Int32Array, other: Int32Array): boolean {
  for (let row = 0; row < one.length; row++)
    if ((one[row] === UNSET_RANK) !== (other[row] === UNSET_RANK)) return false;
  return true;
}

async function fetchColumns(
  engine: Engine,
  columns: CorrelationQuery["columns"],
  where: CorrelationQuery["where"],
  every: number,
  total: number,
  options: QueryOptions,
): Promise<Float64Array[]> {
  const statement = new Statement();
  let sql = await columnsSql(columns, where, statement, engine);
  if (every > 1) sql += ` AND hash(row) % ${statement.unsigned(BigInt(every))} = 0`;
  // A share of rows chosen by a hash is a little more or less than asked for.
  const room = every > 1 ? Math.ceil((total / every) * 1.1) + 10_000 : total;
  const values = columns.map(() => new Float64Array(room));
  let rows = 0;
  await engine.stream(sql, statement, options, async (result) => {
    for (;;) {
      options.signal?.throwIfAborted();
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      const taken = Math.min(chunk.rowCount, room - rows);
      if (taken < chunk.rowCount) return;
      columns.forEach((_, i) => copyNumbers(chunk, i, values[i]!, rows));
      rows += taken;
    }
  });
  return values.map((column) => column.subarray(0, rows));
}

async function columnsSql(
  columns: CorrelationQuery["columns"],
  where: CorrelationQuery["where"],
  statement: Statement,
  engine: Engine,
): Promise<string> {
  const list = columns.map((column) => `${numberSql(column)}::DOUBLE`).join(", ");
  return `SELECT ${list === "" ? "1" : list} FROM connections WHERE ${await filterSql(where, statement, engine)}`;
}

async function countRows(
  engine: Engine,
  where: CorrelationQuery["where"],
  options: QueryOptions,
): Promise<number> {
  const statement = new Statement();
  const rows = await filterSql(where, statement, engine);
  const table = await engine.ask(
    `SELECT count(*)::DOUBLE FROM connections WHERE ${rows}`,
    statement,
    options,
  );
  return table.numbers(0)[0]!;
}

/** Mean of each column, 0 where it has none. */
async function means(
  engine: Engine,
  columns: CorrelationQuery["columns"],
  where: CorrelationQuery["where"],
  options: QueryOptions,
): Promise<readonly number[]> {
  const statement = new Statement();
  const rows = await filterSql(where, statement, engine);
  const list = columns.map((column) => `favg(${numberSql(column)}::DOUBLE)`).join(", ");
  const table = await engine.ask(`SELECT ${list} FROM connections WHERE ${rows}`, statement, options);
  return columns.map((_, i) => table.numbers(i)[0]! || 0);
}

/** Number of rows, sums, sums of squares and of products. */
interface Moments {
  n: number;
  x: number;
  y: number;
  xx: number;
  yy: number;
  xy: number;
}

/** Pearson's coefficient; NaN where one does not vary. */
function correlate({ n, x, y, xx, yy, xy }: Moments): number {
  const varianceX = xx - (x * x) / n;
  const varianceY = yy - (y * y) / n;
  // What is left of a column that does not vary is rounding.
  if (n < 2 || !(varianceX > xx * 1e-12) || !(varianceY > yy * 1e-12)) return NaN;
  return Math.max(-1, Math.min(1, (xy - (x * y) / n) / Math.sqrt(varianceX * varianceY)));
}
