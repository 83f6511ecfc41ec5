import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvText, escapeText, shellWord } from "../../src/output/escape.ts";

/** Anything that a log can hold: all UTF-16 units, and more often what is dangerous. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        "\x1b[31m",
        "\x1b]0;title\x07",
        "\u009b2J",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ud800",
        "\u2028",
        "\r\n",
        "\t",
        "=cmd|' /C calc'!A0",
        '"',
        ",",
        "e\u0301".padEnd(40, "\u0301"),
      ),
    ),
  )
  .map((parts) => parts.join(""));

// oxlint-disable-next-line no-control-regex
const acting = /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/u;

describe("text for a terminal", () => {
  test("never holds a character that a terminal or a reader's eye would act on", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(escapeText(text)).not.toMatch(acting);
      }),
    );
  });

  test("leaves ordinary words of any language as they are", () => {
    for (const text of ["ssl,http", "Größe", "日本語", "naïve", "👍"]) expect(escapeText(text)).toBe(text);
  });

  test("shows what was there", () => {
    expect(escapeText("a\x1b[2Jb\u202ec\n")).toBe("a\\x1b[2Jb\\u{202e}c\\n");
    expect(escapeText("\ud800")).toBe("\\u{d800}");
  });

  test("does not let combining marks pile up over the lines above", () => {
    expect(escapeText(`a${"\u0301".repeat(100)}b`).length).toBeLessThan(10);
  });
});

describe("a text cell of a CSV file", () => {
  test("never starts as a formula and reads back as one cell", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const cell = csvText(text);
        expect(cell).toMatch(/^("([^"]|"")*"|[^",\n]*)$/);
        expect(cell).not.toMatch(acting);
        expect(cell.replace(/^"/, "")).not.toMatch(/^[=+\-@]/);
      }),
    );
  });

  test("keeps ordinary text and quotes commas", () => {
    expect(csvText("ssl")).toBe("ssl");
    expect(csvText("ssl,http")).toBe('"ssl,http"');
    expect(csvText('a"b')).toBe('"a""b"');
    expect(csvText("=1+1")).toBe("'=1+1");
    expect(csvText("-")).toBe("'-");
  });
});

test("a word for the shell is safe to paste", () => {
  expect(shellWord("/opt/zeek/logs")).toBe("/opt/zeek/logs");
  expect(shellWord("a b")).toBe("'a b'");
  expect(shellWord("$(rm -rf x)'")).toBe(`'$(rm -rf x)'\\'''`);
  expect(shellWord("a\nb")).toBe("'a\\nb'");
  expect(shellWord("")).toBe("''");
});
