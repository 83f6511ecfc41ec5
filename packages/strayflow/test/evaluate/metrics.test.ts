import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cutAt, prAuc, rateSupport, rocAuc, shareAbove } from "../../src/evaluate/metrics.ts";

/** Few distinct values, so that ties are common. */
const scores = (minLength: number) =>
  fc
    .array(fc.integer({ min: -5, max: 5 }), { minLength, maxLength: 40 })
    .map((list) => Float64Array.from(list));

test("areas are those of scikit-learn, ties included", () => {
  const normal = Float64Array.of(0.1, 0.4, 0.35, 0.8, 0.8);
  const attack = Float64Array.of(0.8, 0.9, 0.2);
  expect(rocAuc({ normal, attack })).toBeCloseTo(2 / 3, 12);
  expect(prAuc({ normal, attack })).toBeCloseTo(0.6428571428571428, 12);
});

test("ROC-AUC is the share of pairs in the right order, ties half", () => {
  fc.assert(
    fc.property(scores(1), scores(1), (normal, attack) => {
      let pairs = 0;
      for (const high of attack) for (const low of normal) pairs += high > low ? 1 : high === low ? 0.5 : 0;
      expect(rocAuc({ normal, attack })).toBeCloseTo(pairs / (normal.length * attack.length), 12);
    }),
  );
});

test("PR-AUC is precision summed over the steps of recall", () => {
  fc.assert(
    fc.property(scores(1), scores(1), (normal, attack) => {
      const cuts = [...new Set([...normal, ...attack])].sort((a, b) => b - a);
      let area = 0;
      let recall = 0;
      for (const cut of cuts) {
        const found = attack.filter((score) => score >= cut).length;
        const flagged = found + normal.filter((score) => score >= cut).length;
        area += (found / attack.length - recall) * (found / flagged);
        recall = found / attack.length;
      }
      expect(prAuc({ normal, attack })).toBeCloseTo(area, 12);
    }),
  );
});

test("an area without one of its sides is unknown", () => {
  const some = Float64Array.of(1, 2);
  const none = new Float64Array(0);
  expect(rocAuc({ normal: none, attack: some })).toBeUndefined();
  expect(prAuc({ normal: some, attack: none })).toBeUndefined();
});

test("the cut flags at most the asked share of the calibration rows, and is the smallest that does", () => {
  fc.assert(
    fc.property(scores(10), fc.constantFrom(0.1, 0.25, 0.5), (calibration, rate) => {
      const cut = cutAt(calibration, rate)!;
      expect(shareAbove(calibration, cut)!).toBeLessThanOrEqual(rate);
      const lower = calibration.filter((score) => score < cut);
      expect(lower.length === 0 || shareAbove(calibration, Math.max(...lower))! > rate).toBe(true);
    }),
  );
});

test("a cut comes from rows enough to have one above it, or not at all", () => {
  const calibration = Float64Array.from({ length: 999 }, (_, i) => i);
  expect(cutAt(calibration, 0.001)).toBeUndefined();
  expect(
    cutAt(
      Float64Array.from({ length: 1000 }, (_, i) => i),
      0.001,
    ),
  ).toBe(998);
  expect(cutAt(calibration, 0.01)).toBe(989);
  expect(rateSupport(999, 0.001)).toBe("none");
  expect(rateSupport(1000, 0.001)).toBe("rough");
  expect(rateSupport(10_000, 0.001)).toBe("sound");
  expect(rateSupport(0, 0.5)).toBe("none");
});

test("a score that is not a number is a fault, not a rank", () => {
  expect(() => rocAuc({ normal: Float64Array.of(1, NaN), attack: Float64Array.of(2) })).toThrow(
    /not a number/,
  );
  expect(() => cutAt(Float64Array.of(1, NaN, 3), 0.5)).toThrow(/not a number/);
});
