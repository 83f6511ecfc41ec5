import { ExpectedError } from "../base/errors.ts";
import { addressOf } from "./address-codes.ts";
import { booleanSql, numberSql } from "./column-sql.ts";
import type { Engine } from "./engine.ts";
import { filterSql } from "./filter-sql.ts";
import type { RowPage, RowQuery, StoredConnection } from "./query.ts";
import { codedColumns, countColumns } from "./schema.ts";
import { Statement } from "./statement.ts";
import type { QueryOptions } from "./store.ts";
import { booleanColumns } from "./store-columns.ts";

const USUAL_LIMIT = 100;

const numbers = ["row", "source", "duration", ...countColumns, "p_value", "score"] as const;

/** Answers a checked query. The next page begins after the last row of this one, wherever rows were added meanwhile. */
export async function rows(engine: Engine, query: RowQuery, options: QueryOptions): Promise<RowPage> {
  const { order = { by: "ts" }, limit = USUAL_LIMIT } = query;
  const statement = new Statement();
  const key = `${numberSql(order.by)}::DOUBLE`;
  const descending = order.descending === true;
  const where = await filterSql(query.where, statement, engine);
  const after =
    query.cursor === undefined ? "TRUE" : afterSql(readCursor(query.cursor), key, descending, statement);
  const way = descending ? "DESC" : "ASC";
  // The rows are chosen by the two columns that decide, and only those that are shown are read in full.
  const chosen = `SELECT row AS chosen, ${key} AS key FROM connections WHERE ${where} AND ${after}
    ORDER BY key ${way} NULLS LAST, row ${way} LIMIT ${statement.whole(limit + 1)}`;
  const page = await engine.ask(
    `SELECT chosen::DOUBLE, key FROM (${chosen}) ORDER BY key ${way} NULLS LAST, chosen ${way}`,
    statement,
    options,
  );
  const ids = page.numbers(0).subarray(0, limit);
  if (ids.length === 0) return { rows: [] };
  const found = await readRows(engine, ids, options);
  const last = page.numbers(1)[ids.length - 1]!;
  return {
    rows: found,
    ...(page.rows > limit && { next: writeCursor({ value: last, row: ids.at(-1)! }) }),
  };
}

async function readRows(
  engine: Engine,
  ids: Float64Array,
  options: QueryOptions,
): Promise<StoredConnection[]> {
  const statement = new Statement();
  const wanted = Array.from(ids, (id) => statement.whole(id)).join(", ");
  const texts = codedColumns.map((column) => `t_${column}.value`);
  const table = await engine.ask(
    `SELECT ${numbers.map((column) => `c.${column}::DOUBLE`).join(", ")}, c.ts::DOUBLE / 1e6, c.orig::DOUBLE, c.resp::DOUBLE,
       c.orig_p::DOUBLE, c.resp_p::DOUBLE, ${booleanColumns.map((column) => `${booleanSql(column)}::DOUBLE`).join(", ")},
       o.value, r.value, ${texts.join(", ")}, c.uid
     FROM connections c LEFT JOIN addresses o ON o.code = c.orig LEFT JOIN addresses r ON r.code = c.resp
     ${codedColumns.map((column) => `LEFT JOIN texts_${column} t_${column} ON t_${column}.code = c.${column}`).join(" ")}
     WHERE c.row IN (${wanted})`,
    statement,
    options,
  );
  let column = 0;
  const nextNumbers = () => table.numbers(column++);
  const nextTexts = () => table.texts(column++);
  const stored = Object.fromEntries(numbers.map((name) => [name, nextNumbers()]));
  const [ts, orig, resp, origPort, respPort] = [1, 2, 3, 4, 5].map(nextNumbers);
  const flags = Object.fromEntries(booleanColumns.map((name) => [name, nextNumbers()]));
  const [origText, respText] = [nextTexts(), nextTexts()];
  const words = Object.fromEntries(codedColumns.map((name) => [name, nextTexts()]));
  const uid = nextTexts();
  const number = (name: (typeof numbers)[number], i: number) => orNull(stored[name]![i]!);
  const flag = (name: (typeof booleanColumns)[number], i: number) => {
    const value = orNull(flags[name]![i]!);
    return value === null ? null : value === 1;
  };
  const text = (name: (typeof codedColumns)[number], i: number) => words[name]![i]!;
  const at = new Map(Array.from(stored["row"]!, (row, i) => [row, i]));
  return Array.from(ids, (id) => {
    const i = at.get(id)!;
    return {
      row: id,
      source: stored["source"]![i]!,
      ts: ts![i]!,
      uid: uid[i]!,
      "id.orig_h": addressOf(orig![i]!, origText[i]!),
      "id.orig_p": origPort![i]!,
      "id.resp_h": addressOf(resp![i]!, respText[i]!),
      "id.resp_p": respPort![i]!,
      proto: text("proto", i),
      service: text("service", i),
      duration: number("duration", i),
      orig_bytes: number("orig_bytes", i),
      resp_bytes: number("resp_bytes", i),
      conn_state: text("conn_state", i),
      local_orig: flag("local_orig", i),
      local_resp: flag("local_resp", i),
      missed_bytes: number("missed_bytes", i),
      history: text("history", i),
      orig_pkts: number("orig_pkts", i),
      orig_ip_bytes: number("orig_ip_bytes", i),
      resp_pkts: number("resp_pkts", i),
      resp_ip_bytes: number("resp_ip_bytes", i),
      ip_proto: number("ip_proto", i),
      label: text("label", i),
      detailedlabel: text("detailedlabel", i),
      p_value: number("p_value", i),
      score: number("score", i),
      flagged: flag("flagged", i),
    };
  });
}

/** The last row of a page: its value of the column that orders (NaN unset) and its number. */
interface Cursor {
  readonly value: number;
  readonly row: number;
}

function writeCursor({ value, row }: Cursor): string {
  return `${Number.isNaN(value) ? "" : value}_${row}`;
}

function readCursor(text: string): Cursor {
  const match = /^([^_]*)_(\d+)$/.exec(text);
  const value = match === null ? NaN : match[1] === "" ? NaN : Number(match[1]);
  if (match === null || (match[1] !== "" && Number.isNaN(value)) || !Number.isSafeInteger(Number(match[2])))
    throw new ExpectedError("usage", `not a place in a list of rows: ${JSON.stringify(text)}`);
  return { value, row: Number(match[2]) };
}

function afterSql({ value, row }: Cursor, key: string, descending: boolean, statement: Statement): string {
  const beyond = descending ? "<" : ">";
  const later = `row ${beyond} ${statement.whole(row)}`;
  if (Number.isNaN(value)) return `(${key} IS NULL AND ${later})`;
  const bound = statement.real(value);
  return `(${key} ${beyond} ${bound} OR (${key} = ${bound} AND ${later}) OR ${key} IS NULL)`;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
