import * as fc from "fast-check";
import { expect, test } from "vitest";
import { matrixOf } from "../../src/autoencoder/matrix-rows.ts";
import { columnQuantiles } from "../../src/autoencoder/quantiles.ts";
import { fitScaler } from "../../src/autoencoder/scaler.ts";
import { normals } from "./structured-data.ts";

const finiteFloat = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, -1, 80, 443, 3.2e9),
);

test("quantiles are the elements that sorting the column gives", async () => {
  const columns = fc.array(fc.tuple(finiteFloat, finiteFloat, finiteFloat), { minLength: 1, maxLength: 200 });
  const shares = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];
  await fc.assert(
    fc.asyncProperty(columns, async (rows) => {
      const matrix = matrixOf(Float32Array.from(rows.flat()), 3);
      const found = await columnQuantiles(matrix, [0, 2], shares);
      [0, 2].forEach((column, i) => {
        const sorted = Float32Array.from(rows, (row) => row[column]!).sort();
        const expected = shares.map((share) => sorted[Math.floor(share * (rows.length - 1))]!);
        expect(found[i]!.map((value) => value + 0)).toEqual(expected.map((value) => value + 0));
      });
    }),
    { numRuns: 20 },
  );
});

test("the standard scaler has mean and deviation of large, close values", async () => {
  const drawn = normals(20_000, "large");
  const data = drawn.map((value) => 3_232_235_776 + 4096 * Math.round(value * 10));
  const { center, scale } = await fitScaler(matrixOf(data, 1), "standard");
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
  expect(Math.abs(center[0]! - mean)).toBeLessThanOrEqual(256);
  expect(scale[0]! / deviation).toBeCloseTo(1, 5);
});

test("the robust scaler is not moved by outliers, and falls back where the middle half is one value", async () => {
  const rows = 2000;
  const clean = normals(rows, "clean");
  const data = new Float32Array(rows * 4);
  for (let row = 0; row < rows; row++) {
    data[row * 4] = row % 50 === 0 ? 1e6 : clean[row]! * 3 + 7;
    data[row * 4 + 1] = row % 10 === 0 ? 5 : 0;
    data[row * 4 + 2] = row === 3 ? 1 : 0;
    data[row * 4 + 3] = 42;
  }
  const { center, scale, kept, clip } = await fitScaler(matrixOf(data, 4), "robust");
  expect(center[0]).toBeCloseTo(7, 0);
  expect(scale[0]).toBeCloseTo(3, 0);
  expect(scale[1]).toBeCloseTo(5 / 3.29, 5);
  expect(scale[2]).toBeCloseTo(Math.sqrt((1 / rows) * (1 - 1 / rows)), 5);
  expect([...kept]).toEqual([0, 1, 2]);
  expect([center[3], scale[3], clip]).toEqual([42, 0, 10]);
});

test("a matrix in which nothing varies is too little to learn from", async () => {
  await expect(fitScaler(matrixOf(new Float32Array(30).fill(1), 3), "standard")).rejects.toMatchObject({
    kind: "too-few-rows",
  });
});
