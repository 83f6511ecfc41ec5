import { expect, test } from "vitest";
import { matrixOf } from "../../src/autoencoder/matrix-rows.ts";
import { networkLosses } from "../../src/autoencoder/network-evaluator.ts";
import { fitPca } from "../../src/autoencoder/pca.ts";
import { fitScaler } from "../../src/autoencoder/scaler.ts";
import { symmetricEigen, symmetricInverse } from "../../src/autoencoder/symmetric-matrix.ts";
import { normals, structuredRows } from "./structured-data.ts";

test("the eigenvalues of a small known matrix", () => {
  // Eigenvalues 4, 2, 1 with vectors (1, 1, 0)/√2, (0, 0, 1) and (1, -1, 0)/√2.
  const { values, vectors } = symmetricEigen(Float64Array.of(2.5, 1.5, 0, 1.5, 2.5, 0, 0, 0, 2), 3);
  const half = Math.SQRT1_2;
  [4, 2, 1].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 12));
  [half, half, 0, 0, 0, 1, half, -half, 0].forEach((value, i) =>
    expect(Math.abs(vectors[i]!)).toBeCloseTo(Math.abs(value), 12),
  );
});

test("eigenvectors take a random matrix apart, and its inverse undoes it", () => {
  const size = 40;
  const drawn = normals(size * size * 2, "eigen");
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      for (let k = 0; k < 2 * size; k++)
        matrix[i * size + j]! += drawn[i * 2 * size + k]! * drawn[j * 2 * size + k]!;
    }
  }
  const { values, vectors } = symmetricEigen(matrix, size);
  const inverse = symmetricInverse(matrix, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let [rebuilt, unit] = [0, 0];
      for (let k = 0; k < size; k++) {
        rebuilt += values[k]! * vectors[k * size + i]! * vectors[k * size + j]!;
        unit += matrix[i * size + k]! * inverse[k * size + j]!;
      }
      expect(rebuilt).toBeCloseTo(matrix[i * size + j]!, 8);
      expect(unit).toBeCloseTo(i === j ? 1 : 0, 8);
    }
  }
});

test("components hold data that lies in a plane, and one component loses what the second one held", async () => {
  // Points a·(3, 4, 0)/5 + b·(0, 0, 1) with a twice as wide as b, around (10, 20, 30).
  const drawn = normals(4000, "plane");
  const data = new Float32Array(2000 * 3);
  for (let i = 0; i < 2000; i++)
    data.set([10 + 1.2 * drawn[2 * i]!, 20 + 1.6 * drawn[2 * i]!, 30 + drawn[2 * i + 1]!], i * 3);
  const matrix = matrixOf(data, 3);
  const scaler = {
    center: Float32Array.of(9, 19, 31),
    scale: Float32Array.of(1, 1, 1),
    kept: Uint32Array.of(0, 1, 2),
    clip: 1e6,
  };
  const [both] = await networkLosses(await fitPca(matrix, scaler, 2), [matrix], "mse");
  const [single] = await networkLosses(await fitPca(matrix, scaler, 1), [matrix], "mse");
  const second = data.filter((_, i) => i % 3 === 2);
  const mean = second.reduce((sum, value) => sum + value, 0) / 2000;
  const lost = second.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2000 / 3;
  expect(both).toBeLessThan(1e-9);
  expect(single! / lost).toBeCloseTo(1, 2);
});

test("what principal components lose is the sum of the eigenvalues left out", async () => {
  const width = 12;
  const matrix = matrixOf(structuredRows(3000, width, "pca"), width);
  const scaler = await fitScaler(matrix, "standard");
  const losses: number[] = [];
  for (const components of [1, 3, 6, 12, 30]) {
    losses.push((await networkLosses(await fitPca(matrix, scaler, components), [matrix], "mse"))[0]!);
  }
  expect(losses.slice(0, 4)).toEqual(losses.slice(0, 4).toSorted((a, b) => b - a));
  expect(losses[3]).toBeLessThan(1e-9);
  expect(losses[4]).toBeLessThan(1e-9);
});
