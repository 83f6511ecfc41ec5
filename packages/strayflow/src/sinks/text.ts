/**
 * What a reader or a receiving program would act on instead of showing: controls, format characters (bidirectional
 * overrides, zero-width), line separators, lone surrogates, private use, unassigned.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** More combining marks than any word has draw over the neighbouring lines. */
const markPile = /(\p{M}{4})\p{M}+/gu;

/** The text on one line, all that is not plainly visible written as an escape (`\x1b`, `\u{202e}`), at most `most` characters. */
export function oneLine(text: string, most = 2000): string {
  // Escapes only lengthen, so a text of any size costs no more than what is shown.
  const seen = text
    .slice(0, most + 1)
    .replace(markPile, "$1…")
    .replace(unseen, escapeCharacter);
  return shorten(seen, most);
}

/** At most `most` UTF-16 units, an ellipsis where something was cut, never half a character. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = most - 1;
  return `${text.slice(0, isHighSurrogate(text, end - 1) ? end - 1 : end)}…`;
}

/** At most `most` bytes of UTF-8, cut between characters, an ellipsis where something was cut. */
export function shortenBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = Math.max(0, most - 3);
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return most < 3 ? "" : `${bytes.toString("utf8", 0, end)}…`;
}

/** Addresses of web pages made unclickable, as analysts write them: programs that show text like to make links of it. */
export function withoutLinks(text: string): string {
  return text.replaceAll("://", "[:]//").replace(/\b(mailto|javascript|data|tel):/gi, "$1[:]");
}

/** Safe inside an HTML element and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (code > 0xff) return `\\u{${code.toString(16).padStart(4, "0")}}`;
  return named[character] ?? `\\x${code.toString(16).padStart(2, "0")}`;
}

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function isHighSurrogate(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 0xd800 && code < 0xdc00;
}
