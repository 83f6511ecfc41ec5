import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { learnCalibration, pValueOf, scoreAt } from "../../src/detect/calibration.ts";

/** Single precision, as scores and statistics are. */
const score = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 3 }),
  fc.float({ min: 0, max: 2 ** 20, noNaN: true }),
);
const sample = fc.array(score, { minLength: 1, maxLength: 400 }).map((values) => Float64Array.from(values));

/** The conformal p-value, counted out. */
function plainPValue(scores: Float64Array, at: number): number {
  return (scores.filter((one) => one >= at).length + 1) / (scores.length + 1);
}

test("a p-value is above 0, at most 1, and for what the sample holds never rarer than the sample can tell", () => {
  fc.assert(
    fc.property(sample, fc.array(fc.oneof(score, fc.double({ min: 0, noNaN: true }))), (scores, others) => {
      const calibration = learnCalibration(scores);
      for (const one of scores)
        expect(pValueOf(calibration, one)).toBeGreaterThanOrEqual(1 / (scores.length + 1));
      for (const one of [...scores, ...others, Infinity]) {
        const p = pValueOf(calibration, one);
        expect(p > 0 && p <= 1).toBe(true);
      }
    }),
  );
});

test("a higher score is never less rare", () => {
  fc.assert(
    fc.property(sample, fc.array(score, { minLength: 2 }), (scores, others) => {
      const calibration = learnCalibration(scores);
      const ascending = [...others, ...scores].toSorted((a, b) => a - b);
      const p = ascending.map((one) => pValueOf(calibration, one));
      for (let i = 1; i < p.length; i++) expect(p[i]!).toBeLessThanOrEqual(p[i - 1]!);
    }),
  );
});

test("within a small sample the p-value is the counted one exactly, ties and gaps included", () => {
  fc.assert(
    fc.property(sample, score, (scores, other) => {
      const few = scores.subarray(0, 100);
      const calibration = learnCalibration(few);
      const highest = Math.max(...few);
      for (const at of [...few, Math.min(other, highest)]) {
        expect(pValueOf(calibration, at)).toBe(plainPValue(few, at));
      }
    }),
  );
});

const shapes: Readonly<Record<string, (uniform: number, normal: number) => number>> = {
  "with a heavy tail": (_, normal) => Math.exp(normal),
  "with a gap in it": (uniform, normal) => (uniform < 0.98 ? Math.exp(normal / 4) : 100 + normal),
  "that are nearly all 0": (uniform, normal) => (uniform < 0.995 ? 0 : 8 + normal ** 2),
  "with many ties": (_, normal) => Math.round(10 * Math.exp(normal)) / 10,
};

test.each(Object.keys(shapes))(
  "the levels that are kept of 300,000 scores %s tell every p-value to one percent",
  (name) => {
    const random = seededRandom(name);
    const scores = Float64Array.from({ length: 300_000 }, () =>
      shapes[name]!(random.uniform(), random.normal()),
    );
    const calibration = learnCalibration(scores);
    expect(calibration.levels.length).toBeLessThan(1000);
    const sorted = scores.toSorted();
    let worst = 0;
    // At the scores themselves, and half-way to the next.
    for (let row = 0; row + 1 < sorted.length; row += row > sorted.length - 3000 ? 1 : 37) {
      const above = sorted[row + 1]!;
      if (above === sorted[row]) continue;
      for (const at of [above, (sorted[row]! + above) / 2]) {
        const exact = (sorted.length - row) / (sorted.length + 1);
        worst = Math.max(worst, Math.abs(pValueOf(calibration, at) / exact - 1));
      }
    }
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(0.01);
  },
);

test.each(["with a heavy tail", "with a gap in it"])(
  "p-values of exchangeable rows %s are uniform",
  (name) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = seededRandom(`${name} ${seed}`);
      const draw = (length: number) =>
        Float64Array.from({ length }, () => shapes[name]!(random.uniform(), random.normal()));
      const calibration = learnCalibration(draw(4000));
      const p = draw(4000)
        .map((one) => pValueOf(calibration, one))
        .sort();
      const distance = Math.max(
        ...p.map((value, i) => Math.max((i + 1) / p.length - value, value - i / p.length)),
      );
      // Kolmogorov and Smirnov's bound for two samples of 4,000, which one pair in a thousand exceeds.
      expect(distance).toBeLessThan(1.95 * Math.sqrt(2 / 4000));
    }
  },
);

test("tied scores share the p-value of all of them, so that no more rows are flagged than were asked for", () => {
  const random = seededRandom("ties");
  const draw = () => Float64Array.from({ length: 20_000 }, () => Math.floor(3 * Math.abs(random.normal())));
  const calibration = learnCalibration(draw());
  const p = draw().map((one) => pValueOf(calibration, one));
  for (const asked of [0.5, 0.1, 0.01, 0.001]) {
    const flagged = p.filter((one) => one <= asked).length / p.length;
    expect(flagged).toBeLessThan(asked + 4 * Math.sqrt((2 * asked) / p.length));
  }
});

test("beyond the sample the p-value goes on falling, smoothly, and never to nothing", () => {
  const random = seededRandom("tail");
  const scores = Float64Array.from({ length: 5000 }, () => Math.exp(random.normal()));
  const calibration = learnCalibration(scores);
  const highest = Math.max(...scores);
  const p = [1, 1.5, 2, 4, 8, 100, 1e6].map((times) => pValueOf(calibration, highest * times));
  expect(p[1]).toBeLessThanOrEqual(1 / 5001);
  for (let i = 1; i < p.length; i++) expect(p[i]!).toBeLessThan(p[i - 1]!);
  expect(p.at(-1)).toBeGreaterThan(0);
  expect(pValueOf(calibration, Number.MAX_VALUE)).toBeGreaterThan(0);
});

test("the tail of Pareto's distribution is found", () => {
  const random = seededRandom("pareto");
  const scores = Float64Array.from({ length: 40_000 }, () => (1 - random.uniform()) ** (-1 / 3));
  const calibration = learnCalibration(scores);
  expect(calibration.tail.alpha / 3).toBeGreaterThan(0.75);
  expect(calibration.tail.alpha / 3).toBeLessThan(1.33);
  const far = 2 * Math.max(...scores);
  expect(pValueOf(calibration, far) / far ** -3).toBeGreaterThan(0.2);
  expect(pValueOf(calibration, far) / far ** -3).toBeLessThan(5);
});

test("the score of a p-value divides the rows that are flagged at it from the others", () => {
  fc.assert(
    fc.property(sample, fc.double({ min: 1e-9, max: 1, noNaN: true }), score, (scores, p, other) => {
      const calibration = learnCalibration(scores);
      const from = scoreAt(calibration, p);
      const justAbove = pValueOf(calibration, from * (1 + 1e-9) + 1e-12);
      expect(from === Infinity || justAbove <= p * (1 + 1e-6)).toBe(true);
      const above = [...scores, other].filter((one) => one > from);
      for (const one of above) expect(pValueOf(calibration, one)).toBeLessThanOrEqual(p * (1 + 1e-6));
      const below = scores.filter((one) => one < from);
      for (const one of below) expect(pValueOf(calibration, one)).toBeGreaterThan(p / 1.011);
    }),
  );
});

test("where no score is as rare as asked, none is said to be", () => {
  for (const few of [Float64Array.of(3), new Float64Array(500), Float64Array.of(0, 0, 0, 1, 2)]) {
    const calibration = learnCalibration(few);
    const reach = 1 / (few.length + 1);
    expect(scoreAt(calibration, reach / 2)).toBe(Infinity);
    expect(scoreAt(calibration, reach)).toBeLessThan(Infinity);
    expect(pValueOf(calibration, Number.MAX_VALUE)).toBeCloseTo(reach, 12);
  }
});

test("scores that are all the same are ordinary, and a higher one is as rare as their number allows or rarer", () => {
  for (const value of [0, 1e-6, 7]) {
    const calibration = learnCalibration(new Float64Array(500).fill(value));
    expect(calibration.levels).toEqual([value]);
    expect([value / 2, value].map((one) => pValueOf(calibration, one))).toEqual([1, 1]);
    const above = pValueOf(calibration, 2 * value + 1e-9);
    expect(above).toBeGreaterThan(0);
    expect(above).toBeLessThanOrEqual(1 / 501);
  }
});

test("where nearly all scores are 0, the few others are told apart", () => {
  const calibration = learnCalibration(Float64Array.from([...new Float64Array(996), 5, 6, 6, 9]));
  const p = [0, 0.1, 5, 6, 9, 10].map((one) => pValueOf(calibration, one));
  expect(p).toEqual([1001, 5, 5, 4, 2, 1].map((count) => count / 1001));
});

test("a single score is enough to say what is not rare", () => {
  const calibration = learnCalibration(Float64Array.of(3));
  expect([2, 3, 4].map((one) => pValueOf(calibration, one))).toEqual([1, 1, 0.5]);
});

test("a calibration is the same after it was written as JSON", () => {
  fc.assert(
    fc.property(sample, (scores) => {
      const calibration = learnCalibration(scores.map((one) => one + 0));
      expect(JSON.parse(JSON.stringify(calibration))).toEqual(calibration);
    }),
  );
});
