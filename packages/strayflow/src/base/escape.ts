/**
 * Characters that a terminal, an editor or a reader's eye would act on instead of showing: controls, format characters
 * (bidirectional overrides, zero-width, tags, byte order mark), line and paragraph separators, lone surrogates, private
 * use and unassigned code points.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
const unseenOnce = new RegExp(unseen.source, "u");

/** Combining marks are part of ordinary words, but more than this many in a row draw over the neighbouring lines. */
const markPile = /(\p{M}{4})\p{M}+/gu;

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text on one line, with everything that is not plainly visible written as an escape (`\x1b`, `\u{202e}`). */
export function escapeText(text: string): string {
  if (isPlainAscii(text)) return text;
  const piled = text.replace(markPile, "$1…");
  return unseenOnce.test(piled) ? piled.replace(unseen, escapeCharacter) : piled;
}

/** First characters that make a spreadsheet read a cell as a formula (OWASP, "CSV Injection"), wide forms included. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/u;

/**
 * A text cell of a CSV file (RFC 4180): unseen characters escaped, quoted where needed, and with a leading apostrophe
 * where a spreadsheet would otherwise run it. Numbers do not come this way.
 */
export function csvText(text: string): string {
  if (text === "") return "";
  const guarded = formulaStart.test(text) ? `'${escapeText(text)}` : escapeText(text);
  return /[",]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

function isPlainAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (code <= 0xff) return named[character] ?? `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u{${code.toString(16).padStart(4, "0")}}`;
}
