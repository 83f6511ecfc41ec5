import * as fc from "fast-check";
import { expect, test } from "vitest";
import { symmetricEigen } from "../../src/autoencoder/index.ts";

const matrices = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc
    .array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: size * size, maxLength: size * size })
    .map((values) => ({
      size,
      matrix: Float64Array.from(values, (_, k) => {
        const [i, j] = [Math.floor(k / size), k % size];
        return values[Math.min(i, j) * size + Math.max(i, j)]!;
      }),
    })),
);

test("values and vectors give the matrix back, and the vectors are orthonormal", () => {
  fc.assert(
    fc.property(matrices, ({ size, matrix }) => {
      const { values, vectors } = symmetricEigen(matrix, size);
      for (let i = 0; i < size; i++) {
        expect(values[i]!).toBeLessThanOrEqual(values[Math.max(0, i - 1)]!);
        for (let j = 0; j < size; j++) {
          let product = 0;
          let element = 0;
          for (let k = 0; k < size; k++) {
            product += vectors[i * size + k]! * vectors[j * size + k]!;
            element += values[k]! * vectors[k * size + i]! * vectors[k * size + j]!;
          }
          expect(product).toBeCloseTo(i === j ? 1 : 0, 9);
          expect(element).toBeCloseTo(matrix[i * size + j]!, 8);
        }
      }
    }),
  );
});

test("a known case", () => {
  const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
  expect(values[0]).toBeCloseTo(3, 12);
  expect(values[1]).toBeCloseTo(1, 12);
  expect(Math.abs(vectors[0]!)).toBeCloseTo(Math.SQRT1_2, 12);
});
