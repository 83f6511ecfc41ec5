import fc from "fast-check";
import { expect, test } from "vitest";
import { Distance } from "../../src/detect/distance.ts";
import type { Manifest } from "../../src/model/manifest.ts";

type Feature = Manifest["features"][number];

function feature(center: number, scale: number): Feature {
  const plain = { id: "f", unit: "", summary: "", low: 0, high: 0, normalError: 1, usualShift: 0 };
  return { ...plain, levels: [], atMost: [], constant: scale === 0, center, scale };
}

const number = fc.float({ min: -1000, max: 1000, noNaN: true });
const column = fc
  .tuple(number, fc.constantFrom(0, 0.5, 1, 3, 100))
  .map(([center, scale]) => feature(center, scale));

test("the distance is the mean of squared deviations from the middle, each at most 20, without constant columns", () => {
  fc.assert(
    fc.property(
      fc.array(column, { minLength: 1, maxLength: 6 }).filter((all) => all.some(({ constant }) => !constant)),
      fc.array(number, { maxLength: 60 }),
      (features, values) => {
        const width = features.length;
        const rows = Math.floor(values.length / width);
        const found = new Distance(features).of(Float32Array.from(values), rows);
        for (let row = 0; row < rows; row++) {
          const parts = features.flatMap(({ constant, center, scale }, i) =>
            constant ? [] : [Math.min(20, ((Math.fround(values[row * width + i]!) - center) / scale) ** 2)],
          );
          const plain = parts.reduce((sum, part) => sum + part, 0) / parts.length;
          expect(found[row]).toBeCloseTo(plain, 4);
        }
        expect(found.length).toBe(rows);
      },
    ),
  );
});

test("a row in the middle of training is at distance 0, and no single column takes another far away", () => {
  const features = Array.from({ length: 10 }, (_, i) => feature(i, 2));
  const distance = new Distance(features);
  const middle = Float32Array.from(features, ({ center }) => center);
  expect(distance.of(middle, 1)[0]).toBe(0);
  const odd = middle.with(3, 1e30);
  expect(distance.of(odd, 1)[0]).toBe(2);
});
