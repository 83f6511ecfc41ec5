import { addressOf } from "./address-codes.ts";
import { booleanSql, isBoolean, isCoded, numberSql, type Side } from "./column-sql.ts";
import { directions } from "./filter.ts";
import { directionSql } from "./filter-sql.ts";
import type { Key } from "./query.ts";
import type { CodedColumn } from "./schema.ts";
import type { Statement } from "./statement.ts";
import type { ZonePeriod } from "./zone.ts";

/** One column of the engine that a key is made of. */
export interface KeyPart {
  readonly sql: string;
  /** `coded`: code of a text of that table. `plain`: text. */
  readonly kind: "number" | "address" | "plain" | { readonly coded: CodedColumn };
}

/** What a key needs to become SQL. `periods` gives the offsets of a zone over the times that the store holds. */
export interface KeyContext {
  readonly statement: Statement;
  readonly side: Side;
  readonly periods: (zone: string) => readonly ZonePeriod[];
}

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

/** A whole number of weeks that makes every local time positive, because the engine's division rounds towards zero. */
const SHIFT = 7 * DAY * 1_000_000;

/** The columns that make up a key, in a row of `connections`. */
export function keyParts(key: Key, context: KeyContext): readonly KeyPart[] {
  const { side, statement } = context;
  const number = (sql: string): readonly KeyPart[] => [{ sql, kind: "number" }];
  const address = (sql: string): KeyPart => ({ sql, kind: "address" });
  switch (key.kind) {
    case "column":
      if (isCoded(key.column)) return [{ sql: `nullif(${key.column}, 0)`, kind: { coded: key.column } }];
      if (key.column === "uid") return [{ sql: "uid", kind: "plain" }];
      if (isBoolean(key.column)) return number(booleanSql(key.column));
      return number(numberSql(key.column, side));
    case "host":
      return [address(key.side === "either" ? side : key.side)];
    case "peer":
      return [address(side === "orig" ? "resp" : "orig")];
    case "role":
      return number(side === "orig" ? "0" : "1");
    case "pair":
      return key.ordered === true
        ? [address("orig"), address("resp")]
        : [address("least(orig, resp)"), address("greatest(orig, resp)")];
    case "direction":
      return number(
        `CASE ${directions.map((direction, i) => `WHEN ${directionSql(direction)} THEN ${i}`).join(" ")} END`,
      );
    case "source":
      return number("source");
    case "time":
      return number(binStart(context, key.zone, key.minutes * 60_000_000));
    case "time-of-day": {
      const width = statement.whole(key.minutes);
      return number(`${localTime(context, key.zone)} % ${DAY} // 60000000 // ${width} * ${width}`);
    }
    case "date":
      return number(`${localTime(context, key.zone)} // ${DAY} - ${SHIFT / DAY}`);
    case "weekday":
      return number(`(${localTime(context, key.zone)} // ${DAY} + 3) % 7 + 1`);
    case "hour":
      return number(`${localTime(context, key.zone)} // ${HOUR} % 24`);
    case "bin": {
      const value = numberSql(key.column, side);
      return number(`floor((${value} - ${statement.real(key.from)}) / ${statement.real(key.width)})`);
    }
    case "log-bin": {
      const value = numberSql(key.column, side);
      return number(
        `CASE WHEN ${value} <= 0 THEN '-Infinity'::DOUBLE WHEN ${value} > 0
         THEN floor(log10(${value}) * ${statement.real(key.perDecade)}) END`,
      );
    }
  }
}

/** Values of a key, from those of its parts; of addresses and texts the readable form. */
export function keyValues(key: Key, parts: readonly PartValues[]): Float64Array | readonly unknown[] {
  const [first, second] = parts;
  const numbers = first!.numbers;
  switch (key.kind) {
    case "column":
      if (isCoded(key.column) || key.column === "uid") return first!.texts!;
      if (isBoolean(key.column))
        return Array.from(numbers, (value) => (Number.isNaN(value) ? null : value === 1));
      return numbers;
    case "host":
    case "peer":
      return addresses(first!);
    case "pair": {
      const others = addresses(second!);
      return addresses(first!).map((one, i) => `${one} ${others[i]}`);
    }
    case "role":
      return Array.from(numbers, (value) => (value === 0 ? "orig" : "resp"));
    case "direction":
      return Array.from(numbers, (value) => directions[value]!);
    case "time":
      return numbers.map((value) => value / 1e6);
    case "date":
      return Array.from(numbers, (day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
    default:
      return numbers;
  }
}

/** Values of a part, one a group; `texts` of addresses are those of IPv6 only. */
export interface PartValues {
  readonly numbers: Float64Array;
  readonly texts?: readonly (string | null)[];
}

function addresses({ numbers, texts }: PartValues): string[] {
  return Array.from(numbers, (code, i) => addressOf(code, texts![i]!));
}

/** SQL of the local time in microseconds since 1970, plus `SHIFT`. */
function localTime({ statement, periods }: KeyContext, zone: string): string {
  return byPeriod(periods(zone), statement, ({ offset }) => `(ts + ${statement.whole(offset + SHIFT)})`);
}

/**
 * SQL of the UTC time in microseconds at which the local bin begins. Where clocks change within a bin, it began under
 * the offset before; so a bin that would begin before the change is placed by that offset.
 */
function binStart({ statement, periods }: KeyContext, zone: string, width: number): string {
  const all = periods(zone);
  return byPeriod(all, statement, ({ from, offset }, i) => {
    const bin = statement.whole(width);
    const local = `((ts + ${statement.whole(offset + SHIFT)}) // ${bin} * ${bin} - ${SHIFT})`;
    const own = statement.whole(offset);
    if (i === 0) return `(${local} - ${own})`;
    const before = statement.whole(all[i - 1]!.offset);
    return `(${local} - CASE WHEN ${local} - ${own} < ${statement.whole(from)} THEN ${before} ELSE ${own} END)`;
  });
}

function byPeriod(
  periods: readonly ZonePeriod[],
  statement: Statement,
  sql: (period: ZonePeriod, index: number) => string,
): string {
  if (periods.length === 1) return sql(periods[0]!, 0);
  const cases = periods
    .slice(0, -1)
    .map((period, i) => `WHEN ts < ${statement.whole(periods[i + 1]!.from)} THEN ${sql(period, i)}`);
  return `CASE ${cases.join(" ")} ELSE ${sql(periods.at(-1)!, periods.length - 1)} END`;
}
