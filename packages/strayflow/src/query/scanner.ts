import { QueryError } from "./query-error.ts";
import type { Comparison } from "./query.ts";

/** A query and how far it has been read. */
export interface Input {
  readonly text: string;
  at: number;
  depth: number;
}

export type Operator = Comparison | "!=" | "~" | "!~";

/** One value as it was written, and where. */
export interface Value {
  readonly text: string;
  readonly at: number;
  readonly quoted: boolean;
}

export function takeOperator(input: Input): Operator | undefined {
  const match = /^:?\s*(?:(==|!=|<=|>=|!~|[=<>~])\s*)?/.exec(input.text.slice(input.at))!;
  if (match[0] === "") return undefined;
  input.at += match[0].length;
  const sign = match[1] ?? "=";
  return (sign === "==" ? "=" : sign) as Operator;
}

export function takeValue(input: Input): Value {
  skipSpace(input);
  const { text, at } = input;
  const quote = text[at];
  if (quote === '"' || quote === "'") {
    const end = text.indexOf(quote, at + 1);
    if (end < 0) throw new QueryError("this quote is not closed", text, at);
    input.at = end + 1;
    skipSpace(input);
    return { text: text.slice(at + 1, end), at, quoted: true };
  }
  const word = /^[^\s(),]+/.exec(text.slice(at))?.[0];
  if (word === undefined) throw new QueryError(`expected a value, found ${found(input)}`, text, at);
  input.at += word.length;
  skipSpace(input);
  return { text: word, at, quoted: false };
}

export function take(input: Input, sign: string): boolean {
  if (!input.text.startsWith(sign, input.at)) return false;
  input.at += sign.length;
  skipSpace(input);
  return true;
}

export function atWord(input: Input, word: string): boolean {
  const next = input.text.slice(input.at, input.at + word.length + 1).toLowerCase();
  return next.startsWith(word) && (next.length === word.length || /[\s(!]/.test(next[word.length]!));
}

export function takeWord(input: Input, word: string): boolean {
  if (!atWord(input, word)) return false;
  input.at += word.length;
  skipSpace(input);
  return true;
}

export function skipSpace(input: Input): void {
  while (/\s/.test(input.text[input.at] ?? "")) input.at++;
}

export function found(input: Input): string {
  const rest = input.text.slice(input.at);
  if (rest === "") return "the end";
  return `"${(/^(?:[\w.]+|.)/s.exec(rest)?.[0] ?? rest[0]!).slice(0, 40)}"`;
}
