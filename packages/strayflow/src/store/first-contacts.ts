import { addressOf } from "./address-codes.ts";
import type { Engine } from "./engine.ts";
import { filterSql } from "./filter-sql.ts";
import type { FirstContact, FirstContactQuery } from "./query.ts";
import { Statement } from "./statement.ts";
import type { QueryOptions } from "./store.ts";

const USUAL_LIMIT = 100;

const columns = {
  pair: "orig AS a, resp AS b, 0 AS port, 0 AS proto",
  "host-service": "orig AS a, 0 AS b, resp_p AS port, proto",
  host: "orig AS a, 0 AS b, 0 AS port, 0 AS proto",
} as const;

/** Answers a checked query. */
export async function firstContacts(
  engine: Engine,
  { of, since, where, limit = USUAL_LIMIT }: FirstContactQuery,
  options: QueryOptions,
): Promise<readonly FirstContact[]> {
  const statement = new Statement();
  const own = `SELECT ts, ${columns[of]} FROM connections WHERE ${await filterSql(where, statement, engine)}`;
  const rows =
    of === "host"
      ? `${own} UNION ALL SELECT ts, resp AS a, 0 AS b, 0 AS port, 0 AS proto FROM connections
         WHERE ${await filterSql(where, statement, engine, "resp")} AND orig <> resp`
      : own;
  const having = since === undefined ? "" : `HAVING min(ts) >= ${statement.whole(Math.ceil(since * 1e6))}`;
  const table = await engine.ask(
    `SELECT first::DOUBLE / 1e6, n::DOUBLE, a::DOUBLE, ta.value, b::DOUBLE, tb.value, port::DOUBLE, tp.value
     FROM (SELECT min(ts) AS first, count(*) AS n, a, b, port, proto FROM (${rows}) GROUP BY a, b, port, proto ${having}) g
     LEFT JOIN addresses ta ON ta.code = a LEFT JOIN addresses tb ON tb.code = b LEFT JOIN texts_proto tp ON tp.code = g.proto
     ORDER BY first, a, b, port, tp.value LIMIT ${statement.whole(limit)}`,
    statement,
    options,
  );
  const [ts, connections, host, peer, port] = [0, 1, 2, 4, 6].map((column) => table.numbers(column));
  const [hostText, peerText, proto] = [3, 5, 7].map((column) => table.texts(column));
  return Array.from(ts!, (first, i) => ({
    ts: first,
    host: addressOf(host![i]!, hostText![i]!),
    ...(of === "pair" && { peer: addressOf(peer![i]!, peerText![i]!) }),
    ...(of === "host-service" && { respPort: port![i]!, proto: proto![i]! }),
    connections: connections![i]!,
  }));
}
