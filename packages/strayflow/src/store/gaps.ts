import type { Engine } from "./engine.ts";
import { filterSql } from "./filter-sql.ts";
import type { Gap, GapQuery } from "./query.ts";
import { Statement } from "./statement.ts";
import type { QueryOptions } from "./store.ts";

const USUAL_LIMIT = 20;

/**
 * Answers a checked query. A gap longer than a bin crosses the border of one, so it lies between the last row of a bin
 * and the first row of the next that has any: no row has to be sorted.
 */
export async function gaps(engine: Engine, query: GapQuery, options: QueryOptions): Promise<readonly Gap[]> {
  const statement = new Statement();
  const rows = await filterSql(query.where, statement, engine);
  const width = statement.whole(Math.max(1, Math.floor(query.longerThan * 1e6)));
  const table = await engine.ask(
    `SELECT last::DOUBLE / 1e6, next::DOUBLE / 1e6 FROM (
       SELECT max(ts) AS last, lead(min(ts)) OVER (ORDER BY ts // ${width}) AS next
       FROM connections WHERE ${rows} GROUP BY ts // ${width})
     WHERE next - last > ${statement.whole(Math.floor(query.longerThan * 1e6))}
     ORDER BY next - last DESC, last LIMIT ${statement.whole(query.limit ?? USUAL_LIMIT)}`,
    statement,
    options,
  );
  const ends = table.numbers(1);
  return Array.from(table.numbers(0), (from, i) => ({ from, to: ends[i]! }));
}
