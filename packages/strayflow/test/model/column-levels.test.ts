import fc from "fast-check";
import { expect, test } from "vitest";
import { LevelCount, levelsOf } from "../../src/model/column-levels.ts";

const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 60 });

test("rows are not shifted against themselves", () => {
  fc.assert(
    fc.property(values, (column) => {
      const count = new LevelCount([levelsOf(Float32Array.from(column).sort())]);
      count.add(Float32Array.from(column), column.length);
      expect(count.shifts()[0]).toBeCloseTo(0, 12);
    }),
  );
});

test("the shift is at most, and at the ends exactly, the distance of Kolmogorov and Smirnov", () => {
  fc.assert(
    fc.property(values, values, (train, other) => {
      const count = new LevelCount([levelsOf(Float32Array.from(train).sort())]);
      count.add(Float32Array.from(other), other.length);
      const share = (rows: readonly number[], most: number) =>
        rows.filter((value) => value <= most).length / rows.length;
      const distance = Math.max(
        ...[...train, ...other].map((value) => Math.abs(share(train, value) - share(other, value))),
      );
      expect(count.shifts()[0]!).toBeLessThanOrEqual(distance + 1e-12);
    }),
  );
  const apart = new LevelCount([levelsOf(Float32Array.of(1, 2, 3))]);
  apart.add(Float32Array.of(7, 8), 2);
  expect(apart.shifts()).toEqual([1]);
});
