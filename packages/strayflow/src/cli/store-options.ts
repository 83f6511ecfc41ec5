import { userInfo } from "node:os";
import { ExpectedError } from "../base/errors.ts";
import { escapeText, shellWord } from "../output/escape.ts";
import { filterFieldsOf, parseFilter, type FilterSubject, type ParsedFilter } from "../query/index.ts";
import type { CommandContext } from "./command.ts";
import type { ValueOption } from "./options.ts";

/** The store that a command asks. */
export const storeOption = {
  kind: "text",
  placeholder: "FILE",
  required: true,
  doc: "the store that watch keeps",
  details: "While watch runs on it, the watch answers; otherwise the file itself is opened.",
  env: "STRAYFLOW_STORE",
} as const satisfies ValueOption;

/** Who says so, in the history. */
export const authorOption = {
  kind: "text",
  placeholder: "NAME",
  doc: "who says so, for the history (default: your user name)",
  env: "STRAYFLOW_AUTHOR",
} as const satisfies ValueOption;

/** What the history calls whoever runs the command. */
export function authorOf(given: string | undefined, { io }: Pick<CommandContext, "io">): string {
  const named = given ?? io.env["USER"] ?? io.env["LOGNAME"] ?? io.env["USERNAME"];
  if (named !== undefined && named !== "") return named;
  try {
    return userInfo().username;
  } catch {
    throw new ExpectedError("usage", "--author NAME is needed: the system does not say who you are");
  }
}

/** The words of a command line as one filter. Throws `QueryError`. */
export function filterOf(words: readonly string[], subject: FilterSubject, now: number): ParsedFilter {
  return parseFilter(words.join(" "), { subject, now });
}

/** One paragraph for the help of a command that takes a filter. */
export function filterHelp(subject: FilterSubject): string {
  return `QUERY says which: terms that all hold, as in src:10.0.0.0/8 port:445 since:2d 'p:<1e-5' not severity:low. A list means any of its values (port:139,445), 1..1024 is a range, an address alone means either end. Fields: ${filterFieldsOf(subject).join(", ")}. The shell takes < and > for itself: put them in quotes, or write p:..1e-5. See docs/queries.md.`;
}

/** A command that goes on from here, ready to be pasted. */
export function nextCommand(words: readonly string[], store: string): string {
  return ["strayflow", ...words.map(shellWord), "--store", shellWord(store)].join(" ");
}

/** Throws `usage` unless there is a word. */
export function needWords(words: readonly string[], what: string): readonly string[] {
  if (words.length === 0) throw new ExpectedError("usage", `expected ${what}`);
  return words.map((word) => {
    if (word !== "" && !word.startsWith("-")) return word;
    throw new ExpectedError("usage", `expected ${what}, found "${escapeText(word)}"`);
  });
}
