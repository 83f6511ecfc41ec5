/**
 * An option is declared once, in a command's table. The parser, `--help`, the environment names, the type of the
 * arguments and the docs page all come from there.
 */
export type OptionSpec = FlagOption | ValueOption | ChoiceOption;

interface OptionTexts {
  /** One line for lists; no full stop. */
  readonly doc: string;
  /** What else there is to know, in sentences; for the docs page and the long help. */
  readonly details?: string;
  /** Environment variable that sets the option where the command line does not. */
  readonly env?: `STRAYFLOW_${string}`;
  readonly short?: string;
}

/** On or off; off unless given. */
interface FlagOption extends OptionTexts {
  readonly kind: "flag";
}

/** One of a few words. */
export interface ChoiceOption extends OptionTexts {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

export interface ValueOption extends OptionTexts {
  readonly kind: ValueKind;
  /** Stands for the value in usage lines. */
  readonly placeholder: string;
  /** As one would type it, so that it is checked like everything else. */
  readonly default?: string;
  readonly required?: true;
  /** Bounds of numbers, both included; `above` and `below` are not. */
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  /** Of a list: how many there must be, and what they must add up to. */
  readonly length?: number;
  readonly sum?: number;
}

/** What the kinds of values become. Sizes are bytes; lists are separated by commas. */
export interface ValueTypes {
  readonly text: string;
  readonly integer: number;
  readonly number: number;
  readonly size: number;
  readonly integers: readonly number[];
  readonly numbers: readonly number[];
  readonly words: readonly string[];
}

export type ValueKind = keyof ValueTypes;

/** A command's options by the name that its code uses: `learningRate` is `--learning-rate`. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

export interface ArgumentSpec {
  readonly doc: string;
  readonly placeholder: string;
  /** Any number of them, at least one; only the last argument of a command. */
  readonly many?: true;
  readonly optional?: true;
  readonly choices?: readonly string[];
}

export type ArgumentTable = Readonly<Record<string, ArgumentSpec>>;

/** The checked options of a table. */
export type ParsedOptions<Options extends OptionTable> = {
  readonly [Name in keyof Options]: OptionValue<Options[Name]>;
};

/** The checked arguments of a command, as its table types them. */
export type ParsedArguments<
  Options extends OptionTable,
  Arguments extends ArgumentTable,
> = ParsedOptions<Options> & { readonly [Name in keyof Arguments]: ArgumentValue<Arguments[Name]> };

type OptionValue<Spec extends OptionSpec> = Spec extends FlagOption
  ? boolean
  : Spec extends { readonly default: string } | { readonly required: true }
    ? PresentValue<Spec>
    : PresentValue<Spec> | undefined;

type PresentValue<Spec extends OptionSpec> = Spec extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Spec extends { readonly kind: infer Kind extends ValueKind }
    ? ValueTypes[Kind]
    : never;

type ArgumentValue<Spec extends ArgumentSpec> = Spec extends { readonly many: true }
  ? readonly string[]
  : Spec extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : Spec extends { readonly optional: true }
      ? string | undefined
      : string;

/** `learningRate` as the command line spells it: `--learning-rate`. */
export function optionFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What every command takes. */
export const commonOptions = {
  quiet: {
    kind: "flag",
    short: "q",
    doc: "no progress and no remarks",
    details: "Results and errors are still printed.",
    env: "STRAYFLOW_QUIET",
  },
  debug: {
    kind: "flag",
    doc: "print the stack of an error",
    env: "STRAYFLOW_DEBUG",
  },
  rejects: {
    kind: "text",
    placeholder: "FILE",
    doc: "keep the log lines that could not be read",
    details:
      "One JSON object a line: `file`, `line`, `reason`, `column` where one column is at fault, and `text`, cut after 4096 bytes. The file is empty when every line could be read.",
  },
} as const satisfies OptionTable;

export type CommonArguments = ParsedOptions<typeof commonOptions>;
