import { escapeText } from "../base/escape.ts";

/**
 * How wide a text is about, in pixels. An estimate that is the same on every machine, so that a chart is laid out alike in
 * a browser and without one; on the side of too wide.
 */
export function textWidth(text: string, size: number, font: "sans" | "code" = "sans"): number {
  let units = 0;
  for (const character of text) units += font === "code" ? codeWidth(character) : sansWidth(character);
  return units * size;
}

/** The text, or its beginning and end around an ellipsis where it is wider than `width`. Unseen characters are escaped. */
export function cutText(text: string, width: number, size: number, font: "sans" | "code" = "sans"): string {
  const whole = escapeText(text);
  if (textWidth(whole, size, font) <= width) return whole;
  const characters = Array.from(whole);
  // Addresses and names of one network begin alike: the end tells them apart.
  for (let kept = Math.min(characters.length - 1, 400); kept > 1; kept--) {
    const end = Math.floor(kept / 2);
    const cut = `${characters.slice(0, kept - end).join("")}…${characters.slice(characters.length - end).join("")}`;
    if (textWidth(cut, size, font) <= width) return cut;
  }
  return "…";
}

/** The text in lines of at most `width` pixels, cut between words; longer words are cut inside. */
export function wrapText(text: string, width: number, size: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of escapeText(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer, size) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = cutText(word, width, size);
  }
  lines.push(line);
  return lines;
}

function sansWidth(character: string): number {
  if (/[ijl.,:;'|!]/.test(character)) return 0.3;
  if (/[ ftrI()[\]/-]/.test(character)) return 0.38;
  if (/[mwMW%@]/.test(character)) return 0.88;
  if (/[A-Z]/.test(character)) return 0.68;
  return (character.codePointAt(0) ?? 0) > 0x2e7f ? 1 : 0.57;
}

function codeWidth(character: string): number {
  return (character.codePointAt(0) ?? 0) > 0x2e7f ? 1.2 : 0.61;
}
