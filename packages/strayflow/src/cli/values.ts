import { ExpectedError, unreachable } from "../base/errors.ts";
import { escapeText } from "../output/escape.ts";
import type { ChoiceOption, ValueKind, ValueOption, ValueTypes } from "./options.ts";

/**
 * The value of an option, checked. `what` names the option or the environment variable in the message.
 *
 * @throws ExpectedError "usage"
 */
export function parseValue(what: string, spec: ValueOption | ChoiceOption, text: string): unknown {
  if (spec.kind === "choice") return parseChoice(what, spec.choices, text);
  return parseKind(what, spec, text);
}

/** Throws as `parseValue` does. */
export function parseChoice(what: string, choices: readonly string[], text: string): string {
  if (choices.includes(text)) return text;
  throw usage(what, `one of ${choices.join(", ")}`, text);
}

function parseKind(what: string, spec: ValueOption, text: string): ValueTypes[ValueKind] {
  switch (spec.kind) {
    case "text":
      if (text === "") throw usage(what, spec.placeholder, text);
      return text;
    case "integer":
      return parseNumber(what, spec, text, true);
    case "number":
      return parseNumber(what, spec, text, false);
    case "size":
      return parseSize(what, spec, text);
    case "integers":
      return parseNumbers(what, spec, text, true);
    case "numbers":
      return parseNumbers(what, spec, text, false);
    case "words":
      return parts(what, spec, text);
    default:
      return unreachable(spec.kind);
  }
}

function parseNumbers(what: string, spec: ValueOption, text: string, isWhole: boolean): number[] {
  const values = parts(what, spec, text).map((part) => parseNumber(what, spec, part, isWhole));
  const { length = values.length, sum } = spec;
  const total = values.reduce((all, value) => all + value, 0);
  if (values.length !== length || (sum !== undefined && Math.abs(total - sum) > 1e-6)) {
    throw usage(what, `${length} numbers${sum === undefined ? "" : ` that add up to ${sum}`}`, text);
  }
  return values;
}

function parseNumber(what: string, spec: ValueOption, text: string, isWhole: boolean): number {
  const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = spec;
  const fits = value >= min && value <= max && value > above && value < below;
  if (!fits || (isWhole && !Number.isSafeInteger(value)))
    throw usage(what, expectedNumber(spec, isWhole), text);
  return value;
}

const sizeUnits: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

function parseSize(what: string, spec: ValueOption, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
  const unit = match?.[2]?.toLowerCase() ?? "";
  // A single letter is what most tools take: 1G.
  const factor = sizeUnits[unit] ?? sizeUnits[`${unit}b`];
  const bytes = match === null || factor === undefined ? Number.NaN : Math.round(Number(match[1]) * factor);
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = spec;
  if (!(bytes >= min && bytes <= max)) {
    const least = spec.min === undefined ? "" : ` of at least ${spec.min / 1e6} MB`;
    throw usage(what, `a size${least} such as 500MB, 1GB or 1.5GiB`, text);
  }
  return bytes;
}

function parts(what: string, spec: ValueOption, text: string): string[] {
  const found = text.split(",").map((part) => part.trim());
  if (found.some((part) => part === "")) throw usage(what, `${spec.placeholder}, separated by commas`, text);
  return found;
}

function expectedNumber({ min, max, above, below }: ValueOption, isWhole: boolean): string {
  const noun = isWhole ? "a whole number" : "a number";
  const low = min !== undefined ? `from ${min}` : above !== undefined ? `above ${above}` : undefined;
  const high = max !== undefined ? `to ${max}` : below !== undefined ? `below ${below}` : undefined;
  if (low === undefined && high === undefined) return noun;
  const joined =
    low !== undefined && below !== undefined ? `${low} and ${high}` : [low, high].filter(Boolean).join(" ");
  return `${noun} ${joined}`;
}

function usage(what: string, expected: string, found: string): ExpectedError {
  return new ExpectedError("usage", `${what} expects ${expected}, found "${escapeText(found)}"`);
}
