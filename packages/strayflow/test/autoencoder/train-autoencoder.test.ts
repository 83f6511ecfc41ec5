import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { matrixOf } from "../../src/autoencoder/matrix-rows.ts";
import type { MatrixRows } from "../../src/autoencoder/matrix-rows.ts";
import { MatrixStore } from "../../src/autoencoder/matrix-store.ts";
import { networkLosses } from "../../src/autoencoder/network-evaluator.ts";
import { trainAutoencoder } from "../../src/autoencoder/train-autoencoder.ts";
import type { TrainingOptions } from "../../src/autoencoder/training-options.ts";
import { normals, structuredRows } from "./structured-data.ts";

const directory = mkdtempSync(join(tmpdir(), "train-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

const width = 15;
const parts = {
  train: matrixOf(structuredRows(3000, width, "train"), width),
  validation: matrixOf(structuredRows(600, width, "validation"), width),
  test: matrixOf(structuredRows(600, width, "test"), width),
};
const small: Partial<TrainingOptions> = { hidden: [12, 4, 12], batch: 64, learningRate: 0.005 };
const noise = (seed: string) => matrixOf(normals(400 * 6, seed), 6);
const epochs = (count: number, patience = count) => ({ kind: "epochs", epochs: count, patience }) as const;

test("on data with structure the trained network beats the untrained one, and the report says how it stands", async () => {
  const trained = await trainAutoencoder(parts, { ...small, schedule: epochs(25) });
  const { loss } = trained;
  expect(loss!.test!).toBeLessThan(loss!.untrained / 5);
  expect(loss!.better).toBe(loss!.test! < loss!.pca);
  expect(loss!.judgedOn).toBe("test");
  const [again] = await networkLosses(trained.network, [parts.test], "mse");
  expect(loss!.test).toBe(again);
  expect(loss!.validation).toBeCloseTo(trained.curve[trained.bestEpoch - 1]!.validation!, 6);
  expect(trained.parameters).toBe(15 * 12 + 12 + 12 * 4 + 4 + 4 * 12 + 12 + 12 * 15 + 15);
});

test("on noise the report says plainly that training did not pay", async () => {
  const { loss } = await trainAutoencoder(
    { train: noise("a"), validation: noise("b"), test: noise("c") },
    { hidden: [3], schedule: epochs(1) },
  );
  expect(loss!.better).toBe(false);
  expect(loss!.verdict).toContain("not better than");
  expect(loss!.verdict).toContain("PCA");
});

const disturbed: Partial<TrainingOptions> = {
  ...small,
  dropout: 0.1,
  inputNoise: 0.05,
  weightDecay: 0.01,
  scaler: "robust",
};

async function disturbedWeights(seed: number): Promise<Float32Array> {
  const options = { ...disturbed, seed, schedule: epochs(2), baselines: false };
  return (await trainAutoencoder(parts, options)).network.weights;
}

test("the same seed gives the same weights byte for byte, another seed others", async () => {
  const first = await disturbedWeights(7);
  expect(await disturbedWeights(7)).toEqual(first);
  expect(await disturbedWeights(8)).not.toEqual(first);
});

test("a matrix that spilled to a file trains to the same weights as one in memory", async () => {
  const columns = 120;
  const data = structuredRows(5000, columns, "spill");
  const store = new MatrixStore({ width: columns, memoryBytes: 1 << 20, directory });
  try {
    store.append(data);
    expect(store.spilled).toBe(true);
    const run = async (train: MatrixRows) =>
      (
        await trainAutoencoder(
          { train },
          { hidden: [8], scaler: "robust", schedule: epochs(2), baselines: false },
        )
      ).network;
    const [memory, file] = [await run(matrixOf(data, columns)), await run(store)];
    expect(file).toEqual(memory);
  } finally {
    store.close();
  }
  expect(readdirSync(directory)).toEqual([]);
});

test("training stops when validation no longer improves, and keeps the best weights", async () => {
  // Few rows and a large rate: the validation loss soon goes up and down.
  const train = matrixOf(normals(64 * width, "few"), width);
  const { curve, bestEpoch, stopped, network } = await trainAutoencoder(
    { train, validation: parts.validation },
    { hidden: [30, 10, 30], batch: 16, learningRate: 0.02, schedule: epochs(200, 3), baselines: false },
  );
  const losses = curve.map((epoch) => epoch.validation!);
  expect(stopped).toBe("patience");
  expect(curve.length).toBe(bestEpoch + 3);
  expect(Math.min(...losses)).toBe(losses[bestEpoch - 1]);
  expect((await networkLosses(network, [parts.validation], "mse"))[0]).toBe(losses[bestEpoch - 1]);
});

test("on a plateau the learning rate is cut, but not below its minimum", async () => {
  const plateau = { patience: 1, factor: 0.1, minimum: 0.0004 };
  const { curve } = await trainAutoencoder(
    { train: matrixOf(normals(64 * width, "few"), width), validation: parts.validation },
    {
      hidden: [30, 10, 30],
      batch: 16,
      learningRate: 0.02,
      schedule: { ...epochs(40), plateau },
      baselines: false,
    },
  );
  const rates = curve.map((epoch) => epoch.learningRate);
  expect(rates[0]).toBe(0.02);
  expect(rates).toContain(0.002);
  expect(rates.at(-1)).toBe(0.0004);
});

test("a fixed number of steps on a sample of the rows, the rate falling to zero", async () => {
  const { curve, stopped } = await trainAutoencoder(
    { train: parts.train },
    { ...small, batch: 32, sampleRows: 100, schedule: { kind: "steps", steps: 30 }, baselines: false },
  );
  expect(stopped).toBe("steps");
  // 100 rows are 4 mini-batches (the last one with 4 rows), so 30 steps are 7 rounds and a half.
  expect(curve.length).toBe(8);
  expect(curve.at(-1)!.learningRate).toBeLessThan(0.0001);
  expect(curve.at(-1)!.train).toBeLessThan(curve[0]!.train);
});

test("columns with one value in the training part are dropped and named", async () => {
  const data = structuredRows(500, width, "constant");
  for (let row = 0; row < 500; row++) {
    data[row * width + 3] = 17;
    data[row * width + 14] = 0;
  }
  const held = structuredRows(100, width, "other");
  const trained = await trainAutoencoder(
    { train: matrixOf(data, width), validation: matrixOf(held, width) },
    { ...small, schedule: epochs(2) },
  );
  expect(trained.constantColumns).toEqual([3, 14]);
  expect(trained.network.shape.inputs).toBe(13);
  expect(trained.loss!.judgedOn).toBe("validation");
});

test("an abort stops training at once and reads no more rows", async () => {
  const controller = new AbortController();
  let [reads, readsAtAbort] = [0, 0];
  const train: MatrixRows = {
    width,
    rows: 50_000_000,
    read(_start, count, out) {
      reads++;
      for (let i = 0; i < count * width; i++) out[i] = (i * 7919 + reads) % 13;
    },
  };
  const { scaler } = (await trainAutoencoder(parts, { ...small, schedule: epochs(1), baselines: false }))
    .network;
  const onProgress = () => {
    readsAtAbort = reads;
    controller.abort();
  };
  const run = trainAutoencoder({ train }, { ...small, scaler }, { signal: controller.signal, onProgress });
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
  expect(reads).toBe(readsAtAbort);
  expect(reads).toBeLessThan(1000);
});

test("an abort while the scaler is being learned stops before training", async () => {
  let reads = 0;
  const train: MatrixRows = {
    width,
    rows: 1_000_000_000,
    read: (_start, count, out) => void out.fill(++reads, 0, count * width),
  };
  const run = trainAutoencoder({ train }, small, { signal: AbortSignal.timeout(50) });
  await expect(run).rejects.toMatchObject({ name: "TimeoutError" });
});

test("a loss that is no longer a number ends training with the epoch", async () => {
  const { scaler } = (await trainAutoencoder(parts, { ...small, schedule: epochs(1), baselines: false }))
    .network;
  const huge = { ...scaler, scale: scaler.scale.map((value) => value * 1e-25), clip: 1e38 };
  await expect(trainAutoencoder(parts, { ...small, scaler: huge })).rejects.toMatchObject({
    kind: "usage",
    message: expect.stringContaining("diverged in epoch 1"),
  });
});

test("too little to learn from, and options that cannot work, are expected failures", async () => {
  await expect(trainAutoencoder({ train: matrixOf(new Float32Array(4), 4) })).rejects.toMatchObject({
    kind: "too-few-rows",
  });
  const wrong: readonly Partial<TrainingOptions>[] = [
    { hidden: [] },
    { hidden: [3.5] },
    { batch: 0 },
    { learningRate: Number.NaN },
    { dropout: 1 },
    { inputNoise: -1 },
    { schedule: { kind: "epochs", epochs: 0, patience: 1 } },
    { schedule: { kind: "steps", steps: -3 } },
  ];
  for (const options of wrong)
    await expect(trainAutoencoder(parts, options)).rejects.toMatchObject({ kind: "usage" });
});
