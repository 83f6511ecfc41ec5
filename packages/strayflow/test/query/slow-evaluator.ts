import type { Query } from "../../src/query/index.ts";
import { parseAddress } from "../../src/zeek/address.ts";
import type { SomeConnection } from "../features/make-batch.ts";

const caseless = new Set(["proto", "service", "conn_state", "label", "detailedlabel"]);

/** What a query means, said once more in the plainest way, over a record with unset fields absent. */
export function holdsFor(query: Query, row: SomeConnection, now: number): boolean {
  const fields = row as Readonly<Record<string, unknown>>;
  const textOf = (field: string) => {
    const value = fields[field] as string | undefined;
    return value === undefined ? undefined : fold(field, value);
  };
  switch (query.kind) {
    case "everything":
      return true;
    case "and":
      return query.terms.every((term) => holdsFor(term, row, now));
    case "or":
      return query.terms.some((term) => holdsFor(term, row, now));
    case "not":
      return !holdsFor(query.term, row, now);
    case "unset":
      return query.field !== "end" && fields[query.field] === undefined;
    case "number":
      return compare(fields[query.field] as number | undefined, query.op, query.value);
    case "time":
      return compare(timeOf(row, query.field), query.op, query.seconds);
    case "age":
      return compare(timeOf(row, query.field), query.op, now - query.seconds);
    case "text":
      return textOf(query.field) === fold(query.field, query.value);
    case "contains":
      return textOf(query.field)?.includes(fold(query.field, query.value)) === true;
    case "elements":
      return query.values.every((value) => textOf(query.field)?.split(",").includes(value) === true);
    case "boolean":
      return fields[query.field] === query.value;
    case "network":
      return bitsOf([...parseAddress(fields[query.field] as string)!]).startsWith(
        bitsOf(query.network.words).slice(0, query.network.prefix),
      );
    default:
      return query satisfies never;
  }
}

function fold(field: string, text: string): string {
  return caseless.has(field) ? text.toLowerCase() : text;
}

function compare(value: number | undefined, op: string, limit: number): boolean {
  if (value === undefined) return false;
  if (op === "=") return value === limit;
  if (op === "<") return value < limit;
  if (op === "<=") return value <= limit;
  return op === ">" ? value > limit : value >= limit;
}

function timeOf({ ts = 0, duration = 0 }: SomeConnection, field: string): number {
  return field === "end" ? ts + duration : ts;
}

function bitsOf(words: readonly number[]): string {
  return words.map((word) => word.toString(2).padStart(32, "0")).join("");
}
