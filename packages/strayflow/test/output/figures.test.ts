import { expect, test } from "vitest";
import { figure, formatRate, oneInCell, utcTime } from "../../src/output/figures.ts";
import { textTable } from "../../src/output/text-table.ts";

test("rarities are whole numbers with two digits, never scientific", () => {
  expect([0.001, 1 / 214_937, 1, 1e-12, 0].map(oneInCell)).toEqual([
    "1,000",
    "210,000",
    "1",
    "> 100,000,000",
    "–",
  ]);
});

test("times are UTC to the second, whatever the log claims", () => {
  expect(utcTime(1_740_229_495.9)).toBe("2025-02-22 13:04:55");
  expect(utcTime(0)).toBe("1970-01-01 00:00:00");
  expect(utcTime(1e300)).toBe("–");
});

test("rates and figures keep three digits", () => {
  expect([850, 3240, 1_100_000].map(formatRate)).toEqual(["850", "3.24 k", "1.1 M"]);
  expect([0, 0.01234, 48.23, 1204.4, Number.NaN].map(figure)).toEqual(["0", "0.0123", "48.2", "1,204", "–"]);
});

test("tables are aligned and hold no trailing space", () => {
  const lines = textTable(
    [{ head: "n", align: "right" }, { head: "name" }],
    [
      ["1", "a"],
      ["1,000", ""],
    ],
  );
  expect(lines).toEqual(["    n  name", "    1  a", "1,000"]);
});
