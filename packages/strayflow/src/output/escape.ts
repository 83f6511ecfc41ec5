import { escapeText } from "../base/escape.ts";

export { csvText, escapeText } from "../base/escape.ts";

/** A word of a command line that a person can paste into a POSIX shell. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${escapeText(text).replaceAll("'", `'\\''`)}'`;
}
