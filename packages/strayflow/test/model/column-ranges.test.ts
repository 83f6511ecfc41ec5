import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { RangeLearner } from "../../src/model/column-ranges.ts";

const width = 3;
const rowsOf = (count: number, seed: string) => {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count * width }, (_, i) =>
    i % width === 0 ? random.uniform() : i % width === 1 ? Math.exp(2 * random.normal()) : 7,
  );
};

function learn(matrix: Float32Array, cuts: readonly number[] = [], seed = 1) {
  const learner = new RangeLearner(width, seededRandom(seed));
  const rows = matrix.length / width;
  for (const [i, from] of [0, ...cuts].entries()) {
    const to = cuts[i] ?? rows;
    learner.add(matrix.subarray(from * width, to * width), to - from);
  }
  return learner.finish();
}

/** Share of the rows of a column that lie in its range. */
function inside(matrix: Float32Array, column: number, { low, high }: { low: number; high: number }): number {
  const values = matrix.filter((_, i) => i % width === column);
  return values.filter((value) => value >= low && value <= high).length / values.length;
}

test("the range of few rows leaves out none but a 500th of them", () => {
  for (const rows of [1, 2, 10, 500, 8000]) {
    const matrix = rowsOf(rows, `few ${rows}`);
    for (const [column, range] of learn(matrix).entries()) {
      expect(inside(matrix, column, range)).toBeGreaterThanOrEqual(1 - 0.002 - 1e-9);
    }
  }
});

test("of any number of rows the range holds all but about 0.2 %, and the levels lie where they say", () => {
  const matrix = rowsOf(60_000, "many");
  const ranges = learn(matrix);
  for (const [column, range] of ranges.entries()) {
    expect(inside(matrix, column, range)).toBeGreaterThan(0.996);
    range.levels.forEach((level, i) => {
      const atMost = inside(matrix, column, { low: -Infinity, high: level });
      expect(Math.abs(atMost - range.atMost[i]!)).toBeLessThan(0.02);
    });
  }
  // Not all of them: what is beyond is what the range is there to show.
  expect(inside(matrix, 1, ranges[1]!)).toBeLessThan(0.9995);
  expect(ranges[2]).toEqual({ low: 7, high: 7, levels: [7], atMost: [1] });
});

test("how the rows were cut does not matter, and the seed alone decides which of them are looked at", () => {
  const matrix = rowsOf(20_000, "cuts");
  const whole = learn(matrix);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 5 }), (cuts) => {
      expect(
        learn(
          matrix,
          cuts.toSorted((a, b) => a - b),
        ),
      ).toEqual(whole);
    }),
    { numRuns: 5 },
  );
  expect(learn(matrix, [], 2)).not.toEqual(whole);
});

test("no rows have no range", () => {
  const nothing = { low: 0, high: 0, levels: [], atMost: [] };
  expect(learn(new Float32Array(0))).toEqual([nothing, nothing, nothing]);
});
