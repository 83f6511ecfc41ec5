import { expect, test } from "vitest";
import { figureTable, formatFigure, type Figure } from "../support/figure.ts";
import { qualities, qualityIds, verdictOn } from "../support/qualities.ts";
import { ratios, rates, summarize } from "../support/samples.ts";
import { markdownTable, tableLines } from "../support/table.ts";

test("the median of an odd and of an even number of measurements", () => {
  expect(summarize([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3, count: 3 });
  expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4, count: 4 });
});

test("nothing measured, or a measurement that is no number, is refused", () => {
  expect(() => summarize([])).toThrow("expected measurements");
  expect(() => summarize([1, NaN])).toThrow("expected measurements");
});

test("a ratio compares what was measured side by side", () => {
  // The machine was three times as slow in the second round; the ratio does not show it.
  expect(ratios([2, 6, 2], [1, 3, 1])).toEqual({ median: 2, least: 2, most: 2, count: 3 });
  expect(rates(100, [2, 4, 5]).median).toBe(25);
});

test("a verdict knows whether more or less is better", () => {
  expect(verdictOn("read-gzip", 1.5)).toBe("aim met");
  expect(verdictOn("read-gzip", 2.5)).toBe("floor met");
  expect(verdictOn("read-gzip", 2.6)).toBe("floor missed");
  expect(verdictOn("read-json", 600e3)).toBe("aim met");
  expect(verdictOn("read-json", 249e3)).toBe("floor missed");
  expect(verdictOn("train", 19)).toBe("floor met");
});

test("every aim is at least as strict as its floor", () => {
  for (const id of qualityIds) expect(verdictOn(id, qualities[id].aim)).toBe("aim met");
});

test("figures are written with their units", () => {
  expect(formatFigure(0.0606, "seconds")).toBe("60.6 ms");
  expect(formatFigure(1_090_000, "rows a second")).toBe("1.09 M rows/s");
  expect(formatFigure(0.3149, "times as long")).toBe("0.31x");
  expect(formatFigure(3, "times as long")).toBe("3.0x");
  expect(formatFigure(17.4, "times faster")).toBe("17x faster");
  expect(formatFigure(214e6, "bytes")).toBe("214 MB");
  expect(formatFigure(31, "count")).toBe("31");
});

test("a table gives floor, aim and verdict only where a quality hangs on the figure", () => {
  const figures: Figure[] = [
    { name: "read", unit: "seconds", value: summarize([1]) },
    { name: "against zcat", unit: "times as long", value: summarize([2, 2.2, 2.1]), quality: "read-gzip" },
  ];
  expect(figureTable(figures).rows).toEqual([
    ["read", "1 s", "once", "", "", ""],
    ["against zcat", "2.1x", "2.0x to 2.2x, 3 times", "2.5x", "1.5x", "floor met"],
  ]);
});

test("a table is aligned on a terminal and whole on a page", () => {
  const table = {
    columns: [{ head: "a" }, { head: "b", align: "right" as const }],
    rows: [
      ["x|y", "1"],
      ["z", "20"],
    ],
  };
  expect(tableLines(table)).toEqual(["a     b", "x|y   1", "z    20"]);
  expect(markdownTable(table)).toEqual(["| a | b |", "|---|---:|", "| x\\|y | 1 |", "| z | 20 |"]);
});
