import * as fc from "fast-check";
import { expect, test } from "vitest";
import { displayWidth, truncateText, wrapText } from "../../src/output/display-width.ts";
import { escapeText } from "../../src/output/escape.ts";

const words = fc.string({ unit: "grapheme" }).map(escapeText);

test("wrapped lines fit and lose nothing but spaces", () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 2, max: 60 }), (text, columns) => {
      const lines = wrapText(text, columns);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
    }),
  );
});

test("a cut text fits and says that it was cut", () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 60 }), (text, columns) => {
      const cut = truncateText(text, columns);
      expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
      expect(cut === text || cut.endsWith("…")).toBe(true);
    }),
  );
});

test("wide characters take two columns, marks none", () => {
  expect(displayWidth("abc")).toBe(3);
  expect(displayWidth("日本")).toBe(4);
  expect(displayWidth("e\u0301")).toBe(1);
});
