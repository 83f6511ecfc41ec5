import { booleanSql, isSetSql, numberSql, type Side } from "./column-sql.ts";
import type { Conditions, Direction, Filter, NumberRange } from "./filter.ts";
import { ipv4Part, isIpv4, parseRange, type AddressRange } from "./network.ts";
import { FIRST_IPV6, UNSET_FLAG, type CodedColumn } from "./schema.ts";
import type { Statement } from "./statement.ts";

/** Codes of texts that the store holds; those that it does not hold have none. */
export interface TextLookup {
  codesOf(column: CodedColumn, values: readonly string[]): Promise<readonly number[]>;
  /** Codes of texts of which the comma-separated set holds one of these members. */
  codesHaving(column: CodedColumn, members: readonly string[]): Promise<readonly number[]>;
  /** Codes of texts that contain one of these. */
  codesContaining(column: CodedColumn, parts: readonly string[]): Promise<readonly number[]>;
}

/** SQL that holds for the rows of a checked filter; for others it is false or NULL. */
export async function filterSql(
  filter: Filter | undefined,
  statement: Statement,
  lookup: TextLookup,
  side: Side = "orig",
): Promise<string> {
  if (filter === undefined) return "TRUE";
  const { from, to, not, ...conditions } = filter;
  const parts = await conditionSql(conditions, statement, lookup, side);
  if (from !== undefined) parts.unshift(`ts >= ${statement.whole(Math.ceil(from * 1e6))}`);
  if (to !== undefined) parts.unshift(`ts < ${statement.whole(Math.ceil(to * 1e6))}`);
  if (not !== undefined)
    for (const part of await conditionSql(not, statement, lookup, side))
      parts.push(`NOT coalesce(${part}, FALSE)`);
  return parts.length === 0 ? "TRUE" : `(${parts.join(" AND ")})`;
}

async function conditionSql(
  conditions: Conditions,
  statement: Statement,
  lookup: TextLookup,
  side: Side,
): Promise<string[]> {
  const parts: string[] = [];
  const { host, orig, resp, pair, origPort, respPort, uid, direction, flagged, numbers, set, source } =
    conditions;
  const inside = (column: "orig" | "resp", network: string) => addressSql(column, network, statement);
  if (host !== undefined)
    parts.push(anyOf(host.flatMap((network) => [inside("orig", network), inside("resp", network)])));
  if (orig !== undefined) parts.push(anyOf(orig.map((network) => inside("orig", network))));
  if (resp !== undefined) parts.push(anyOf(resp.map((network) => inside("resp", network))));
  if (pair !== undefined)
    parts.push(
      anyOf(
        pair.flatMap(([a, b]) => [
          `(${inside("orig", a)} AND ${inside("resp", b)})`,
          `(${inside("orig", b)} AND ${inside("resp", a)})`,
        ]),
      ),
    );
  if (origPort !== undefined) parts.push(portSql("orig_p", origPort, statement));
  if (respPort !== undefined) parts.push(portSql("resp_p", respPort, statement));
  for (const [column, texts] of textConditions(conditions)) {
    const known = await lookup.codesOf(
      column,
      texts.filter((text) => text !== null),
    );
    parts.push(codeSql(column, texts.includes(null) ? [0, ...known] : known, statement));
  }
  if (conditions.serviceHas !== undefined)
    parts.push(codeSql("service", await lookup.codesHaving("service", conditions.serviceHas), statement));
  if (conditions.historyHas !== undefined)
    parts.push(codeSql("history", await lookup.codesContaining("history", conditions.historyHas), statement));
  if (uid !== undefined) parts.push(anyOf(uid.map((value) => `uid = ${statement.text(value)}`)));
  if (direction !== undefined) parts.push(anyOf(direction.map(directionSql)));
  if (flagged !== undefined) parts.push(`${booleanSql("flagged")} = ${flagged ? 1 : 0}`);
  for (const { column, ...range } of numbers ?? [])
    parts.push(
      `(${numberSql(column, side)} IS NOT NULL AND ${rangeSql(numberSql(column, side), range, statement)})`,
    );
  for (const column of set ?? []) parts.push(isSetSql(column, side));
  if (source !== undefined) parts.push(codeSql("source", source, statement));
  return parts;
}

function textConditions(conditions: Conditions): (readonly [CodedColumn, readonly (string | null)[]])[] {
  const columns = [
    ["proto", conditions.proto],
    ["service", conditions.service],
    ["conn_state", conditions.state],
    ["history", conditions.history],
    ["label", conditions.label],
  ] as const;
  return columns.flatMap(([column, texts]) => (texts === undefined ? [] : [[column, texts] as const]));
}

function addressSql(column: "orig" | "resp", network: string, statement: Statement): string {
  const range = parseRange(network)!;
  const narrow = ipv4Part(range);
  const parts: string[] = [];
  if (narrow !== undefined)
    parts.push(
      narrow.low === narrow.high
        ? `${column} = ${statement.unsigned(narrow.low)}`
        : `${column} BETWEEN ${statement.unsigned(narrow.low)} AND ${statement.unsigned(narrow.high)}`,
    );
  if (!isIpv4(range))
    parts.push(
      `(${column} >= ${FIRST_IPV6} AND ${column} IN (SELECT code FROM addresses WHERE ${wideSql(range, statement)}))`,
    );
  return anyOf(parts);
}

/** A prefix leaves either the low half free, or fixes the high half: both are ranges of 64-bit numbers. */
function wideSql({ low, high }: AddressRange, statement: Statement): string {
  const half = (value: bigint) => statement.unsigned(value & 0xffffffffffffffffn);
  const upper = `high BETWEEN ${half(low >> 64n)} AND ${half(high >> 64n)}`;
  return low >> 64n === high >> 64n ? `${upper} AND low BETWEEN ${half(low)} AND ${half(high)}` : upper;
}

function portSql(column: string, ports: readonly (number | NumberRange)[], statement: Statement): string {
  return anyOf(
    ports.map((port) =>
      typeof port === "number" ? `${column} = ${statement.whole(port)}` : rangeSql(column, port, statement),
    ),
  );
}

function rangeSql(sql: string, { from, to }: NumberRange, statement: Statement): string {
  const parts: string[] = [];
  if (from !== undefined) parts.push(`${sql} >= ${statement.real(from)}`);
  if (to !== undefined) parts.push(`${sql} <= ${statement.real(to)}`);
  return parts.length === 0 ? "TRUE" : `(${parts.join(" AND ")})`;
}

function codeSql(column: string, codes: readonly number[], statement: Statement): string {
  return codes.length === 0
    ? "FALSE"
    : `${column} IN (${codes.map((code) => statement.whole(code)).join(", ")})`;
}

/** SQL that holds for one direction. */
export function directionSql(direction: Direction): string {
  const ends = (orig: number, resp: number) => `(local_orig = ${orig} AND local_resp = ${resp})`;
  switch (direction) {
    case "outbound":
      return ends(1, 0);
    case "inbound":
      return ends(0, 1);
    case "internal":
      return ends(1, 1);
    case "external":
      return ends(0, 0);
    case "unknown":
      return `(local_orig = ${UNSET_FLAG} OR local_resp = ${UNSET_FLAG})`;
  }
}

function anyOf(parts: readonly string[]): string {
  return parts.length === 0 ? "FALSE" : parts.length === 1 ? parts[0]! : `(${parts.join(" OR ")})`;
}
