import { unreachable } from "../base/errors.ts";
import {
  fieldOf,
  nearestField,
  resolveField,
  type FieldId,
  type FieldMacro,
  type FieldOf,
} from "./fields.ts";
import { QueryError } from "./query-error.ts";
import type { Comparison, Query } from "./query.ts";
import { atWord, found, skipSpace, take, takeOperator, takeValue, takeWord } from "./scanner.ts";
import type { Input, Value } from "./scanner.ts";
import { parseAge, parseBoolean, parseNetwork, parseNumber, parseTime } from "./values.ts";

/**
 * Reads a query. An empty one asks for everything. Throws `QueryError`, which points at the character.
 *
 *     query = [ or ]                      or  = and { "or" and }
 *     and   = not { ["and"] not }         not = ("not" | "!") not | "(" or ")" | term
 *     term  = field op value { "," value } | address
 *     op    = ":" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~"; the ":" may precede any other
 *     value = word | "quoted" | from..to | -          (- is unset, as Zeek writes it; a list means any of these)
 */
export function parseQuery(text: string): Query {
  const input: Input = { text, at: 0, depth: 0 };
  skipSpace(input);
  if (input.at === text.length) return { kind: "everything" };
  const query = parseOr(input);
  if (input.at < text.length) {
    throw new QueryError(`expected "and", "or" or the end, found ${found(input)}`, text, input.at);
  }
  return query;
}

/** Deep enough for people; without a limit, a long row of brackets would exhaust the stack. */
const MAX_DEPTH = 100;

function parseOr(input: Input): Query {
  const terms = [parseAnd(input)];
  while (takeWord(input, "or")) terms.push(parseAnd(input));
  return terms.length === 1 ? terms[0]! : { kind: "or", terms };
}

function parseAnd(input: Input): Query {
  const terms = [parseNot(input)];
  for (;;) {
    const joined = takeWord(input, "and");
    if (!joined && (input.at === input.text.length || input.text[input.at] === ")" || atWord(input, "or")))
      break;
    terms.push(parseNot(input));
  }
  return terms.length === 1 ? terms[0]! : { kind: "and", terms };
}

function parseNot(input: Input): Query {
  const { text, at } = input;
  if (++input.depth > MAX_DEPTH)
    throw new QueryError("too many brackets and nots inside each other", text, at);
  let query: Query;
  if (takeWord(input, "not") || take(input, "!")) query = { kind: "not", term: parseNot(input) };
  else if (take(input, "(")) {
    query = parseOr(input);
    if (!take(input, ")")) throw new QueryError(`expected ")", found ${found(input)}`, text, input.at);
  } else query = parseTerm(input);
  input.depth--;
  return query;
}

function parseTerm(input: Input): Query {
  const { text, at } = input;
  const whole = /^[^\s(),"']+/.exec(text.slice(at))?.[0] ?? "";
  if (parseNetwork(whole) !== undefined) {
    input.at += whole.length;
    skipSpace(input);
    return macroQuery(input, "host", "=", { text: whole, at, quoted: false });
  }
  const name = /^[A-Za-z_][\w.]*(?:-label)?/.exec(text.slice(at))?.[0];
  if (name === undefined)
    throw new QueryError(`expected a field or an address, found ${found(input)}`, text, at);
  const field = resolveField(name);
  if (field === undefined) {
    const near = nearestField(name);
    throw new QueryError(
      `there is no field "${name}"${near === undefined ? "" : `; did you mean ${near}?`}`,
      text,
      at,
    );
  }
  input.at += name.length;
  skipSpace(input);
  const opAt = input.at;
  const op = takeOperator(input);
  if (op === undefined) {
    throw new QueryError(
      `expected a comparison such as : = != < > after "${name}", found ${found(input)}`,
      text,
      opAt,
    );
  }
  const values = [takeValue(input)];
  while (take(input, ",")) values.push(takeValue(input));
  if (values.length > 1 && /[<>]/.test(op)) {
    throw new QueryError(`"${op}" takes one value, not a list`, text, values[1]!.at);
  }
  const negated = op === "!=" || op === "!~";
  const positive = op === "!=" ? "=" : op === "!~" ? "~" : op;
  const terms = values.map((value) =>
    field === "host" || field === "since" || field === "until"
      ? macroQuery(input, field, positive, value)
      : fieldQuery(input, field, positive, value),
  );
  const query: Query = terms.length === 1 ? terms[0]! : { kind: "or", terms };
  return negated ? { kind: "not", term: query } : query;
}

function macroQuery(input: Input, macro: FieldMacro, op: Comparison | "~", value: Value): Query {
  switch (macro) {
    case "host":
      return {
        kind: "or",
        terms: [fieldQuery(input, "id.orig_h", op, value), fieldQuery(input, "id.resp_h", op, value)],
      };
    case "since":
    case "until":
      if (op !== "=")
        throw new QueryError(`${macro} takes a time or an age, as in ${macro}:2d`, input.text, value.at);
      return fieldQuery(input, "end", macro === "since" ? ">=" : "<", value);
    default:
      return unreachable(macro);
  }
}

function fieldQuery(input: Input, field: FieldId, op: Comparison | "~", value: Value): Query {
  const { type, unit } = fieldOf(field);
  const fail = (problem: string) => new QueryError(problem, input.text, value.at);
  if (value.text === "-" && !value.quoted) {
    if (op !== "=") throw fail(`"-" means unset and takes = or !=`);
    return { kind: "unset", field };
  }
  if (op === "~" && type !== "text" && type !== "set")
    throw fail(`"~" looks inside text, and ${field} is no text`);
  if (op !== "=" && op !== "~" && type !== "number" && type !== "port" && type !== "time") {
    throw fail(`${field} takes = and !=, not "${op}"`);
  }
  const range = value.quoted ? -1 : value.text.indexOf("..");
  if (range >= 0 && op === "=" && (type === "number" || type === "port" || type === "time")) {
    const part = (text: string, at: number): Value => ({ text, at: value.at + at, quoted: false });
    const from = part(value.text.slice(0, range), 0);
    const to = part(value.text.slice(range + 2), range + 2);
    return { kind: "and", terms: [fieldQuery(input, field, ">=", from), fieldQuery(input, field, "<=", to)] };
  }
  const comparison = op === "~" ? "=" : op;
  switch (type) {
    case "number": {
      const number = parseNumber(value.text, unit);
      if (number === undefined) throw fail(`${field} takes a number${unitHint(unit)}, found "${value.text}"`);
      return { kind: "number", field: field as FieldOf<"number">, op: comparison, value: number };
    }
    case "port": {
      const number = /^\d{1,5}$/.test(value.text) ? Number(value.text) : NaN;
      if (/^\d+-\d+$/.test(value.text)) {
        throw fail(`a range is written with two dots: ${value.text.replace("-", "..")}`);
      }
      if (!(number <= 65_535)) throw fail(`${field} takes a port from 0 to 65535, found "${value.text}"`);
      return { kind: "number", field: field as FieldOf<"port">, op: comparison, value: number };
    }
    case "time": {
      const age = parseAge(value.text);
      if (age !== undefined)
        return { kind: "age", field: field as FieldOf<"time">, op: comparison, seconds: age };
      const seconds = parseTime(value.text);
      if (seconds === undefined) {
        throw fail(
          `${field} takes a time such as 2024-04-20T13:00 or an age such as 2d, found "${value.text}"`,
        );
      }
      return { kind: "time", field: field as FieldOf<"time">, op: comparison, seconds };
    }
    case "address": {
      const network = parseNetwork(value.text);
      if (network === undefined) {
        throw fail(`${field} takes an address or a network such as 10.0.0.0/8, found "${value.text}"`);
      }
      return { kind: "network", field: field as FieldOf<"address">, network };
    }
    case "boolean": {
      const truth = parseBoolean(value.text);
      if (truth === undefined) throw fail(`${field} takes T or F, found "${value.text}"`);
      return { kind: "boolean", field: field as FieldOf<"boolean">, value: truth };
    }
    case "text":
    case "set":
      if (value.text === "") throw fail(`an empty text is nowhere in a log; ${field} = - asks for unset`);
      if (op === "~") return { kind: "contains", field: field as FieldOf<"text" | "set">, value: value.text };
      if (type === "text") return { kind: "text", field: field as FieldOf<"text">, value: value.text };
      return { kind: "elements", field: field as FieldOf<"set">, values: value.text.split(",") };
    default:
      return unreachable(type);
  }
}

function unitHint(unit: "bytes" | "seconds" | undefined): string {
  if (unit === "bytes") return " of bytes such as 1200 or 30MB";
  return unit === "seconds" ? " of seconds such as 0.5 or 2h" : "";
}
