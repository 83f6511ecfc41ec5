import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeText } from "../../src/output/escape.ts";
import { escapeHtml, oneLine, shorten, shortenBytes, withoutLinks } from "../../src/sinks/text.ts";

const any = fc.string({ unit: "binary", maxLength: 60 });

test("text on one line is what `score` prints, cut to the length asked for", () => {
  fc.assert(fc.property(any, (text) => oneLine(text, 100_000) === escapeText(text)));
  fc.assert(
    fc.property(any, fc.integer({ min: 1, max: 80 }), (text, most) => {
      const line = oneLine(text, most);
      expect(line.length).toBeLessThanOrEqual(most);
      expect(line.isWellFormed()).toBe(true);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test("a cut never leaves half a character", () => {
  expect(shorten("ab😀cd", 4)).toBe("ab…");
  fc.assert(
    fc.property(any, fc.nat(90), (text, most) => {
      const cut = shortenBytes(text, most);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
      expect(cut).not.toContain("\ufffd".repeat(text.includes("\ufffd") ? 99 : 1));
    }),
  );
});

test("no markup and no links come out of any text", () => {
  fc.assert(fc.property(any, (text) => !/[<>"'`]|&(?!#\d+;)/.test(escapeHtml(text))));
  expect(withoutLinks("https://a javascript:x MAILTO:b://")).toBe(
    "https[:]//a javascript[:]x MAILTO[:]b[:]//",
  );
});
