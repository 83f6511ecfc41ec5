import fc from "fast-check";
import { expect, test } from "vitest";
import { binCount, chooseBins } from "../../src/explore/histogram-bins.ts";

const range = fc
  .array(fc.oneof(fc.nat(), fc.nat(2 ** 40), fc.constant(0)), { minLength: 1, maxLength: 30 })
  .map((values) => values.toSorted((a, b) => a - b));

test("every value falls into a bin, and there are never many", () => {
  fc.assert(
    fc.property(range, fc.boolean(), (values, mayBeLog) => {
      const positive = values.filter((value) => value > 0);
      const bins = chooseBins({
        min: values[0]!,
        max: values.at(-1)!,
        median: values[values.length >> 1]!,
        leastPositive: positive[0] ?? NaN,
        isWhole: true,
        mayBeLog,
      });
      expect(binCount(bins)).toBeGreaterThan(0);
      expect(binCount(bins)).toBeLessThanOrEqual(45);
      // Zeros stand apart on a logarithmic axis.
      const places = (bins.scale === "log" ? positive : values).map((value) =>
        bins.scale === "log"
          ? Math.floor(Math.log10(value) * bins.perDecade) - bins.first
          : Math.floor((value - bins.from) / bins.width),
      );
      expect(places.filter((at) => at < 0 || at >= binCount(bins))).toEqual([]);
      const edges = bins.edges.slice(1);
      expect(edges.filter((edge, k) => edge <= bins.edges[k]!)).toEqual([]);
    }),
  );
});

test("the axis is logarithmic only where the largest value is 100 times the median", () => {
  const of = (median: number, mayBeLog = true) =>
    chooseBins({ min: 0, max: 1000, median, leastPositive: 1, isWhole: true, mayBeLog }).scale;
  expect(of(10)).toBe("log");
  expect(of(11)).toBe("linear");
  expect(of(0)).toBe("log");
  expect(of(10, false)).toBe("linear");
});

test("one value alone has one bin", () => {
  const one = (value: number, isWhole: boolean) =>
    chooseBins({
      min: value,
      max: value,
      median: value,
      leastPositive: value || NaN,
      isWhole,
      mayBeLog: true,
    });
  expect(one(0, true).edges).toEqual([0, 1]);
  expect(one(443, true).edges).toEqual([443, 444]);
  expect(binCount(one(0.25, false))).toBe(1);
});
