import { unreachable } from "../base/errors.ts";
import {
  filterField,
  filterFieldsOf,
  isFieldOf,
  queryStatuses,
  resolveFilterField,
  type FilterFieldId,
  type FilterSubject,
} from "./filter-fields.ts";
import type { FilterConditions, FilterRange, ParsedFilter } from "./filter.ts";
import { addressOf, fail, oneOf, portOf, rangeOf, severitiesOf, textOf, type Term } from "./filter-values.ts";
import { nearestWord } from "./nearest-word.ts";
import { above, below } from "./next-double.ts";
import { QueryError } from "./query-error.ts";
import { atWord, found, skipSpace, take, takeOperator, takeValue, takeWord } from "./scanner.ts";
import type { Input, Value } from "./scanner.ts";
import { parseAge, parseBoolean, parseNetwork, parseTime } from "./values.ts";

export interface FilterOptions {
  readonly subject: FilterSubject;
  /** Seconds since 1970 that ages (`since:2d`) are counted back from. */
  readonly now: number;
}

/**
 * Reads a filter: terms that all hold, as `src:10.0.0.0/8 port:445 since:2d p:<1e-5 not status:closed`. An empty one chooses
 * everything. Throws `QueryError`, which points at the character.
 *
 *     filter = { ["and"] term }
 *     term   = { "not" | "!" } ( field op value { "," value } | address )
 *     op     = ":" | "=" | "!=" | "<" | "<=" | ">" | ">="; the ":" may precede any other
 *     value  = word | "quoted" | from..to | from.. | ..to | -        (- is unset, as Zeek writes it; a list means any of these)
 */
export function parseFilter(text: string, options: FilterOptions): ParsedFilter {
  const input: Input = { text, at: 0, depth: 0 };
  const draft: Draft = { is: {}, not: {} };
  skipSpace(input);
  while (input.at < text.length) {
    takeWord(input, "and");
    readTerm(input, draft, options);
  }
  const { is, not } = draft;
  return Object.keys(not).length === 0 ? is : { ...is, not };
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Draft {
  readonly is: Writable<ParsedFilter>;
  readonly not: Writable<FilterConditions>;
}

function readTerm(input: Input, draft: Draft, options: FilterOptions): void {
  let isNegated = false;
  while (takeWord(input, "not") || take(input, "!")) isNegated = !isNegated;
  const { text, at } = input;
  if (atWord(input, "or") || text[at] === "(" || text[at] === ")")
    throw new QueryError("all conditions hold together; a list means any of them: port:139,445", text, at);
  const whole = /^[^\s(),"']+/.exec(text.slice(at))?.[0] ?? "";
  if (parseNetwork(whole) !== undefined) {
    input.at += whole.length;
    skipSpace(input);
    const values = [{ text: whole, at, quoted: false }];
    return apply({ input, at, field: "host", isNegated, op: "=", values }, draft, options);
  }
  const field = readField(input, options.subject);
  const opAt = input.at;
  const written = takeOperator(input);
  if (written === undefined)
    throw new QueryError(`expected ":" after "${field}", found ${found(input)}`, text, opAt);
  if (written === "~" || written === "!~")
    throw new QueryError(`"${written}" is not for this; write ${filterField(field).example}`, text, opAt);
  const values = [takeValue(input)];
  while (take(input, ",")) values.push(takeValue(input));
  if (values.length > 1 && /[<>]/.test(written))
    throw new QueryError(`"${written}" takes one value, not a list`, text, values[1]!.at);
  const op = written === "!=" ? "=" : written;
  apply({ input, at, field, isNegated: isNegated !== (written === "!="), op, values }, draft, options);
}

function readField(input: Input, subject: FilterSubject): FilterFieldId {
  const { text, at } = input;
  const name = /^[A-Za-z_][\w.]*/.exec(text.slice(at))?.[0];
  if (name === undefined)
    throw new QueryError(`expected a field or an address, found ${found(input)}`, text, at);
  const field = resolveFilterField(name);
  if (field === undefined) {
    const near = nearestWord(name, filterFieldsOf(subject));
    const known = `known are ${filterFieldsOf(subject).join(", ")}`;
    const hint = near === undefined ? known : `did you mean ${near}?`;
    throw new QueryError(`there is no field "${name}"; ${hint}`, text, at);
  }
  if (!isFieldOf(field, subject)) {
    const owners = filterField(field).of?.join(" and ") ?? "";
    throw new QueryError(`${field} is known of ${owners}, not of ${subject}`, text, at);
  }
  input.at += name.length;
  skipSpace(input);
  return field;
}

function apply(term: Term, draft: Draft, options: FilterOptions): void {
  const { field, values, isNegated } = term;
  const { type } = filterField(field);
  if (term.op !== "=" && type !== "port" && type !== "number" && type !== "severity")
    throw fail(term, `${field} takes : and !=, not "${term.op}"`);
  switch (type) {
    case "address":
      return addList(
        term,
        draft,
        addressKeys[field as keyof typeof addressKeys],
        values.map(addressOf(term)),
      );
    case "pair": {
      const [one, other, ...more] = values.map(addressOf(term));
      if (one === undefined || other === undefined || more.length > 0)
        throw fail(term, "pair takes two addresses: pair:10.0.0.23,10.0.0.5", values.at(-1));
      return addList(term, draft, "pair", [[one, other] as const]);
    }
    case "port":
      return addList(
        term,
        draft,
        "port",
        values.map((value) => portOf(term, value)),
      );
    case "text":
      return addList(
        term,
        draft,
        field as TextKey,
        values.map((value) => textOf(term, value)),
      );
    case "severity":
      return addList(
        term,
        draft,
        "severity",
        values.flatMap((value) => severitiesOf(term, value)),
      );
    case "status":
      return addList(
        term,
        draft,
        "status",
        values.map((value) => oneOf(term, value, queryStatuses)),
      );
    case "number":
      return addRange(term, draft, field === "p" ? "pValue" : "alerts");
    case "time":
      return addTime(term, draft, options.now);
    case "boolean": {
      const truth = parseBoolean(only(term).text);
      if (truth === undefined)
        throw fail(term, `${field} takes T or F, found "${only(term).text}"`, only(term));
      const key = field === "over" ? "isOver" : "suppressed";
      if (draft.is[key] !== undefined) throw twice(term);
      draft.is[key] = truth !== isNegated;
      return;
    }
    default:
      return unreachable(type);
  }
}

const addressKeys = { host: "host", src: "orig", dst: "resp" } as const;
type TextKey = "proto" | "service" | "kind" | "reason" | "sensor" | "incident";
type ListKey = "host" | "orig" | "resp" | "pair" | "port" | "severity" | "status" | TextKey;

/** Two lists that must both hold could not be told from one that either may: only exclusions are added up. */
function addList<Key extends ListKey>(
  term: Term,
  { is, not }: Draft,
  key: Key,
  entries: NonNullable<FilterConditions[Key]>,
): void {
  const into: Writable<FilterConditions> = term.isNegated ? not : is;
  const before = into[key];
  if (before !== undefined && !term.isNegated) throw twice(term);
  into[key] = [...(before ?? []), ...entries] as unknown as FilterConditions[Key];
}

function addRange(term: Term, { is, not }: Draft, key: "pValue" | "alerts"): void {
  const value = only(term);
  const range = rangeOf(term, value);
  const { from, to } = range;
  if (!term.isNegated) is[key] = both(is[key], range);
  else if (from === undefined && to !== undefined) is[key] = both(is[key], { from: above(to) });
  else if (to === undefined && from !== undefined) is[key] = both(is[key], { to: below(from) });
  else if (not[key] === undefined) not[key] = range;
  else throw fail(term, `two ranges of ${term.field} cannot both be left out; leave out one`);
}

function both(one: FilterRange | undefined, other: FilterRange): FilterRange {
  const from = Math.max(one?.from ?? -Infinity, other.from ?? -Infinity);
  const to = Math.min(one?.to ?? Infinity, other.to ?? Infinity);
  return { ...(from > -Infinity && { from }), ...(to < Infinity && { to }) };
}

function addTime(term: Term, { is }: Draft, now: number): void {
  const value = only(term);
  const { field, isNegated } = term;
  const other = field === "since" ? "until" : "since";
  if (isNegated) throw fail(term, `say ${other} instead`);
  const age = parseAge(value.text);
  const seconds = age === undefined ? parseTime(value.text) : now - age;
  if (seconds === undefined)
    throw fail(
      term,
      `${field} takes an age such as 2d or a time such as 2024-04-20T13:00, found "${value.text}"`,
      value,
    );
  if (field === "since") is.from = Math.max(is.from ?? -Infinity, seconds);
  else is.to = Math.min(is.to ?? Infinity, seconds);
}

function only(term: Term): Value {
  const [value, second] = term.values;
  if (second !== undefined) throw fail(term, `${term.field} takes one value, not a list`, second);
  return value!;
}

function twice(term: Term): QueryError {
  const hint = term.field === "host" ? "; pair:10.0.0.23,10.0.0.5 asks for both ends" : "";
  return fail(term, `${term.field} is asked for twice; one list means any of its values${hint}`);
}
