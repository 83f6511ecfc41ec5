import { ExpectedError } from "../base/errors.ts";
import {
  optionFlag,
  type ArgumentTable,
  type OptionSpec,
  type OptionTable,
  type ParsedOptions,
} from "./options.ts";
import { parseChoice, parseValue } from "./values.ts";

/** What the command line gave, by option, before it is checked. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The values of a table's options: from the command line, else from the environment, else the default.
 *
 * @throws ExpectedError "usage"
 */
export function checkOptions(table: OptionTable, given: Given, env: Environment): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [name, checkOption(name, spec, given, env)]),
  );
}

/** What a table says where nobody says anything: for a program that runs a command's work itself. */
export function defaultOptions<Options extends OptionTable>(table: Options): ParsedOptions<Options> {
  return checkOptions(table, {}, {}) as ParsedOptions<Options>;
}

/** Throws as `checkOptions` does. */
export function checkArguments(table: ArgumentTable, words: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).map(([name, spec], index) => {
      if (spec.many) return [name, words.slice(index)];
      const word = words[index];
      const isChecked = word !== undefined && spec.choices !== undefined;
      return [name, isChecked ? parseChoice(spec.placeholder, spec.choices, word) : word];
    }),
  );
}

function checkOption(name: string, spec: OptionSpec, given: Given, env: Environment): unknown {
  const typed = given[name];
  const fromEnv = spec.env === undefined ? undefined : env[spec.env];
  if (spec.kind === "flag") {
    return typed === true || (fromEnv !== undefined && fromEnv !== "" && parseSwitch(spec.env!, fromEnv));
  }
  if (typeof typed === "string") return parseValue(optionFlag(name), spec, typed);
  if (fromEnv !== undefined && fromEnv !== "") return parseValue(spec.env!, spec, fromEnv);
  if (spec.default !== undefined) return parseValue(optionFlag(name), spec, spec.default);
  if (spec.kind !== "choice" && spec.required) {
    throw new ExpectedError("usage", `${optionFlag(name)} ${spec.placeholder} is needed: ${spec.doc}`);
  }
  return undefined;
}

function parseSwitch(what: string, text: string): boolean {
  const on = ["1", "true", "yes", "on"];
  return on.includes(parseChoice(what, [...on, "0", "false", "no", "off"], text.toLowerCase()));
}
