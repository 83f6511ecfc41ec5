import { unreachable } from "../base/errors.ts";
import { filterField, querySeverities, type FilterFieldId, type QuerySeverity } from "./filter-fields.ts";
import type { FilterRange } from "./filter.ts";
import { nearestWord } from "./nearest-word.ts";
import { above, below } from "./next-double.ts";
import { QueryError } from "./query-error.ts";
import type { Input, Operator, Value } from "./scanner.ts";
import { parseNetwork, parseNumber } from "./values.ts";

/** One condition as it was written. */
export interface Term {
  readonly input: Input;
  readonly at: number;
  readonly field: FilterFieldId;
  readonly isNegated: boolean;
  readonly op: Exclude<Operator, "!=" | "~" | "!~">;
  readonly values: readonly Value[];
}

/** A range of numbers. Throws `QueryError`, as all of these do. */
export function rangeOf(term: Term, value: Value): FilterRange {
  const number = (text: string, at: number): number => {
    const parsed = parseNumber(text, undefined);
    if (parsed !== undefined) return parsed;
    const such = term.field === "p" ? "such as 1e-5 or 1/100000" : "such as 100";
    throw fail(term, `${term.field} takes a number ${such}, found "${text}"`, { at });
  };
  return readRange(term, value, number);
}

/** `5`, `1..5`, `1..`, `..5`, and what stands behind an operator. */
function readRange(term: Term, value: Value, number: (text: string, at: number) => number): FilterRange {
  const dots = value.quoted || term.op !== "=" ? -1 : value.text.indexOf("..");
  if (dots >= 0) {
    const [low, high] = [value.text.slice(0, dots), value.text.slice(dots + 2)];
    if (low === "" && high === "") throw fail(term, "a range needs an end: 1..5, 1.. or ..5", value);
    const range = {
      ...(low !== "" && { from: number(low, value.at) }),
      ...(high !== "" && { to: number(high, value.at + dots + 2) }),
    };
    if (range.from !== undefined && range.to !== undefined && range.from > range.to)
      throw fail(term, `nothing is from ${low} to ${high}; the smaller comes first`, value);
    return range;
  }
  const limit = number(value.text, value.at);
  switch (term.op) {
    case "=":
      return { from: limit, to: limit };
    case "<":
      return { to: below(limit) };
    case "<=":
      return { to: limit };
    case ">":
      return { from: above(limit) };
    case ">=":
      return { from: limit };
    default:
      return unreachable(term.op);
  }
}

/** A port, or a range of them. */
export function portOf(term: Term, value: Value): number | FilterRange {
  const number = (text: string, at: number): number => {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
    if (/^\d+-\d+$/.test(text))
      throw fail(term, `a range is written with two dots: ${text.replace("-", "..")}`, { at });
    throw fail(term, `port takes a number from 0 to 65535, found "${text}"`, { at });
  };
  const { from, to } = readRange(term, value, number);
  if (from !== undefined && from === to) return from;
  return {
    ...(from !== undefined && { from: Math.ceil(from) }),
    ...(to !== undefined && { to: Math.floor(to) }),
  };
}

/** One, or those from one to another, in order of severity. */
export function severitiesOf(term: Term, value: Value): readonly QuerySeverity[] {
  const place = (text: string, at: number) =>
    querySeverities.indexOf(oneOf(term, { text, at }, querySeverities));
  const { from = 0, to = Infinity } = readRange(term, value, place);
  return querySeverities.filter((_, index) => index >= from && index <= to);
}

/** A text as it is compared; "" where unset is asked for. */
export function textOf(term: Term, { text, at, quoted }: Value): string {
  const { field } = term;
  if (text === "-" && !quoted) {
    if (field === "service") return "";
    throw fail(term, `${field} is never unset`, { at });
  }
  if (text === "") throw fail(term, `expected a text after ${field}; service:- asks for unset`, { at });
  return filterField(field).caseless === true ? text.toLowerCase() : text;
}

/** One of a few words. */
export function oneOf<Word extends string>(
  term: Term,
  { text, at }: Pick<Value, "text" | "at">,
  words: readonly Word[],
): Word {
  const known = words.find((word) => word === text.toLowerCase());
  if (known !== undefined) return known;
  const near = nearestWord(text, words);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw fail(term, `${term.field} is one of ${words.join(", ")}, found "${text}"${hint}`, { at });
}

/** An address or a network, as it was written. */
export function addressOf(term: Term): (value: Value) => string {
  return (value) => {
    if (parseNetwork(value.text) !== undefined) return value.text;
    throw fail(
      term,
      `${term.field} takes an address or a network such as 10.0.0.0/8, found "${value.text}"`,
      value,
    );
  };
}

/** An error that points at a value, or at the beginning of the term. */
export function fail({ input, at }: Term, problem: string, place?: { readonly at: number }): QueryError {
  return new QueryError(problem, input.text, place?.at ?? at);
}
