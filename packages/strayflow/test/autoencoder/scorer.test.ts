import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { Graph } from "../../src/autoencoder/graph.ts";
import { matrixOf } from "../../src/autoencoder/matrix-rows.ts";
import {
  measureNormalErrors,
  measureWhitening,
  shrunkCovariance,
} from "../../src/autoencoder/normal-errors.ts";
import { fitPca } from "../../src/autoencoder/pca.ts";
import { Scorer } from "../../src/autoencoder/scorer.ts";
import { buildScoringModel } from "../../src/autoencoder/scoring-model.ts";
import type { ScoringMember } from "../../src/autoencoder/scoring-model.ts";
import { decodeMetadata, keepOutputs } from "../../src/autoencoder/onnx-proto.ts";
import { Session } from "../../src/autoencoder/session.ts";
import { trainAutoencoder } from "../../src/autoencoder/train-autoencoder.ts";
import { activations, layerSizes } from "../../src/autoencoder/network.ts";
import type { Activation, Network } from "../../src/autoencoder/network.ts";
import { normals, structuredRows } from "./structured-data.ts";

const width = 15;
const CONSTANT = 6;
const withConstant = (data: Float32Array) =>
  data.map((value, i) => (i % width === CONSTANT ? 99 : value * 10 + 500));
const train = matrixOf(withConstant(structuredRows(2000, width, "train")), width);
const heldBack = matrixOf(withConstant(structuredRows(1000, width, "held")), width);
const rows = withConstant(structuredRows(5000, width, "score"));

async function trainMember(seed: number, activation: Activation = "relu"): Promise<ScoringMember> {
  const { network } = await trainAutoencoder(
    { train },
    {
      hidden: [12, 4, 12],
      activation,
      batch: 64,
      seed,
      schedule: { kind: "steps", steps: 150 },
      baselines: false,
    },
  );
  const normal = await measureNormalErrors(network, heldBack);
  return { network, normal, whitening: await measureWhitening(network, normal, heldBack) };
}

let members: readonly ScoringMember[] = [];
beforeAll(async () => {
  members = [await trainMember(1), await trainMember(2), await trainMember(3), await trainMember(4)];
});

async function score(model: Uint8Array, matrix = rows, count = matrix.length / width, threads = 1) {
  const scorer = await Scorer.open(model, { threads });
  try {
    return await scorer.run(matrix, count);
  } finally {
    await scorer.close();
  }
}

/** What the network says of one raw row, worked out plainly in double precision. */
function plainReconstruction(
  { shape, weights, scaler }: Network,
  row: ArrayLike<number>,
): { scaled: number[]; out: number[] } {
  const scaled = [...scaler.kept].map(
    (column) => (row[column]! - scaler.center[column]!) / scaler.scale[column]!,
  );
  const sizes = layerSizes(shape);
  let values = scaled;
  let at = 0;
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const [from, to] = [sizes[layer]!, sizes[layer + 1]!];
    const next = Array.from({ length: to }, (_, j) => {
      const sum = values.reduce(
        (all, value, i) => all + value * weights[at + i * to + j]!,
        weights[at + from * to + j]!,
      );
      return layer + 2 === sizes.length ? sum : Math.max(0, sum);
    });
    at += from * to + to;
    values = next;
  }
  return { scaled, out: values };
}

test("reconstruction, errors and score are what the network and its normal errors say", async () => {
  const { network, normal } = members[0]!;
  const cap = 5;
  const result = await score(buildScoringModel([members[0]!], { cap }), rows.subarray(0, 50 * width));
  for (let n = 0; n < 50; n++) {
    const row = rows.subarray(n * width, (n + 1) * width);
    const { scaled, out } = plainReconstruction(network, row);
    let sum = 0;
    network.scaler.kept.forEach((column, k) => {
      const error = Math.min(cap, (out[k]! - scaled[k]!) ** 2 / normal.meanSquare[column]!);
      sum += error;
      expect(result.errors[n * width + column]! - error).toBeCloseTo(0, 3);
      const raw = out[k]! * network.scaler.scale[column]! + network.scaler.center[column]!;
      expect(result.reconstruction[n * width + column]! / raw).toBeCloseTo(1, 4);
    });
    expect(result.score[n]).toBeCloseTo(sum / 14, 3);
  }
});

test("a feature that was constant in training is reconstructed as its constant, with error 0 whatever it is now", async () => {
  const changed = rows.slice(0, 64 * width);
  for (let row = 0; row < 64; row++) changed[row * width + CONSTANT] = row * 1e6;
  const model = buildScoringModel([members[0]!]);
  const [before, after] = [await score(model, rows.slice(0, 64 * width)), await score(model, changed)];
  expect(after.score).toEqual(before.score);
  for (let row = 0; row < 64; row++) {
    expect(after.reconstruction[row * width + CONSTANT]).toBe(99);
    expect(after.errors[row * width + CONSTANT]).toBe(0);
  }
});

test("errors average 1 on held-back rows, in every head, and the score is their mean", async () => {
  const data = new Float32Array(heldBack.rows * width);
  heldBack.read(0, heldBack.rows, data);
  for (const options of [{ head: "plain" }, { head: "whitened" }] as const) {
    const { errors, score: scores } = await score(buildScoringModel([members[0]!], options), data);
    expect(scores.reduce((sum, value) => sum + value, 0) / scores.length).toBeCloseTo(1, 1);
    const row = errors.subarray(3 * width, 4 * width).reduce((sum, value) => sum + value, 0) / 14;
    expect(scores[3]).toBeCloseTo(row, 4);
  }
});

test("of several members, errors, reconstruction and score are the means", async () => {
  const chosen = members.slice(0, 3);
  const together = await score(buildScoringModel(chosen));
  const single = await Promise.all(chosen.map((member) => score(buildScoringModel([member]))));
  for (const output of ["errors", "reconstruction", "score"] as const) {
    for (let i = 0; i < 500; i++) {
      const mean = single.reduce((sum, result) => sum + result[output][i]!, 0) / 3;
      expect((together[output][i]! - mean) / Math.max(1, Math.abs(mean))).toBeCloseTo(0, 4);
    }
  }
});

test("a model cut down to its score gives the same score and nothing else", async () => {
  const model = buildScoringModel(members.slice(0, 3), { metadata: { preset: "test" } });
  const small = keepOutputs(model, ["score"])!;
  expect(small.length).toBeLessThan(model.length);
  expect(decodeMetadata(small)).toEqual(decodeMetadata(model));
  const session = await Session.open(small);
  try {
    expect(session.outputs.map(({ name }) => name)).toEqual(["score"]);
    const got = await session.run({ features: { data: rows.slice(0, 640 * width), dims: [640, width] } });
    expect(got["score"]).toEqual((await score(model, rows.slice(0, 640 * width))).score);
  } finally {
    await session.close();
  }
  expect(keepOutputs(model.subarray(0, 1000), ["score"])).toBeUndefined();
});

test.each(activations)(
  "a row's results are the same bits whatever it is scored with: %s",
  async (activation) => {
    const [member, other] = [await trainMember(5, activation), members[1]!];
    for (const model of [
      buildScoringModel([member]),
      buildScoringModel([member, other], { head: "whitened" }),
    ]) {
      const scorer = await Scorer.open(model);
      const whole = await scorer.run(rows, 5000);
      const length = fc.oneof(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 5000 }),
      );
      const piece = fc.tuple(fc.nat(4999), length);
      await fc.assert(
        fc.asyncProperty(piece, async ([start, count]) => {
          const end = Math.min(5000, start + count);
          const part = await scorer.run(rows.subarray(start * width), end - start);
          expect(part.errors).toEqual(whole.errors.subarray(start * width, end * width));
          expect(part.reconstruction).toEqual(whole.reconstruction.subarray(start * width, end * width));
          expect(part.score).toEqual(whole.score.subarray(start, end));
        }),
        { numRuns: 25 },
      );
      await scorer.close();
      expect((await score(model, rows, 5000, 2)).score).toEqual(whole.score);
    }
  },
);

test("no rows give no results", async () => {
  expect((await score(buildScoringModel([members[0]!]), rows, 0)).score.length).toBe(0);
});

test("the score by itself is the score with its reasons, bit for bit, whatever rows it is asked with", async () => {
  const scorer = await Scorer.open(buildScoringModel(members.slice(0, 3)));
  try {
    const { score: full } = await scorer.run(rows, 1000);
    expect(await scorer.score(rows, 1000)).toEqual(full);
    for (const [start, count] of [
      [0, 1],
      [5, 63],
      [64, 64],
      [100, 777],
    ] as const) {
      expect(await scorer.score(rows.subarray(start * width), count)).toEqual(
        full.slice(start, start + count),
      );
    }
  } finally {
    await scorer.close();
  }
});

test("absurd values score high, and stay numbers", async () => {
  const absurd = rows.slice(0, width * 4);
  [3e38, -3e38, 1e20, -1e-40].forEach((value, row) => absurd.fill(value, row * width, (row + 1) * width));
  const { errors, score: scores, reconstruction } = await score(buildScoringModel([members[0]!]), absurd);
  for (const value of [...errors, ...scores, ...reconstruction]) expect(Number.isFinite(value)).toBe(true);
  expect(scores[0]).toBeGreaterThan(50);
});

test("the same network gives the same file, which carries its feature names and metadata", async () => {
  const featureNames = Array.from({ length: width }, (_, i) => `column "${i}" ü`);
  const build = () => buildScoringModel([members[0]!], { featureNames, metadata: { preset: "seed" } });
  expect(build()).toEqual(build());
  const scorer = await Scorer.open(build());
  expect(scorer.width).toBe(width);
  expect(scorer.metadata["preset"]).toBe("seed");
  expect(JSON.parse(scorer.metadata["features"]!)).toEqual(featureNames);
  await scorer.close();
});

test("the file scores the same in a fresh process", async () => {
  const directory = mkdtempSync(join(tmpdir(), "scorer-test-"));
  try {
    writeFileSync(join(directory, "network.onnx"), buildScoringModel(members));
    writeFileSync(join(directory, "rows"), rows);
    const module = new URL("../../src/autoencoder/index.ts", import.meta.url).href;
    const script = `
      import { readFileSync } from "node:fs";
      import { Scorer } from ${JSON.stringify(module)};
      const scorer = await Scorer.open(readFileSync("network.onnx"));
      const { score } = await scorer.run(new Float32Array(new Uint8Array(readFileSync("rows")).buffer), 300);
      process.stdout.write(JSON.stringify([...score]));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: directory,
      encoding: "utf8",
    });
    expect(JSON.parse(output)).toEqual([...(await score(buildScoringModel(members), rows, 300)).score]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a damaged file is refused as such, wherever it was cut or altered, and names itself", async () => {
  const model = buildScoringModel([members[0]!]);
  const damaged: readonly Uint8Array[] = [
    new Uint8Array(0),
    new TextEncoder().encode("not a model at all"),
    model.subarray(0, 10),
    model.subarray(0, Math.floor(model.length / 2)),
    model.subarray(0, model.length - 1),
    model.map((byte, i) => (i > 8 && i < 200 ? byte ^ 0x55 : byte)),
  ];
  for (const bytes of damaged) {
    const opened = Scorer.open(bytes, { file: "m/network.onnx" });
    await expect(opened).rejects.toMatchObject({
      kind: "model-damaged",
      message: expect.stringContaining("m/network.onnx"),
    });
  }
  const other = new Graph("other");
  other.output(other.input("features", ["rows", 3]), "something");
  await expect(Scorer.open(other.encode())).rejects.toMatchObject({ kind: "model-damaged" });
});

test("a column that hardly ever varies cannot have a normal error far below the others", async () => {
  const data = structuredRows(3000, 8, "rare");
  for (let row = 0; row < 3000; row++) data[row * 8 + 2] = row === 1500 ? 1 : 0;
  const matrix = matrixOf(data, 8);
  const { network } = await trainAutoencoder(
    { train: matrix },
    { hidden: [4], schedule: { kind: "steps", steps: 100 }, baselines: false },
  );
  const { meanSquare } = await measureNormalErrors(network, matrix);
  const middle = meanSquare.toSorted()[4]!;
  expect(meanSquare[2]! / middle).toBeGreaterThanOrEqual(0.0999);
  expect(Math.min(...meanSquare) / middle).toBeCloseTo(0.1, 5);
});

test("normal errors need held-back rows", async () => {
  const none = matrixOf(new Float32Array(0), width);
  await expect(measureNormalErrors(members[0]!.network, none)).rejects.toMatchObject({
    kind: "too-few-rows",
  });
});

test("shrinkage leaves large samples alone and pulls small ones towards independence", () => {
  expect(shrunkCovariance(correlated(50_000), 2).shrunk[1]).toBeCloseTo(0.8, 1);
  const few = correlated(6);
  const plain = few.reduce((sum, value, i) => (i % 2 ? sum + (value * few[i - 1]!) / 6 : sum), 0);
  expect(Math.abs(shrunkCovariance(few, 2).shrunk[1]!)).toBeLessThan(Math.abs(plain));
});

test("principal components and no network at all can be members too", async () => {
  const pca = await fitPca(train, members[0]!.network.scaler, 4);
  const none: Network = { ...pca, weights: new Float32Array(pca.weights.length) };
  for (const network of [pca, none]) {
    const normal = await measureNormalErrors(network, heldBack);
    const whitening = await measureWhitening(network, normal, heldBack);
    const { score: scores } = await score(
      buildScoringModel([{ network, normal, whitening }], { head: "whitened" }),
    );
    expect(scores.reduce((sum, value) => sum + value, 0) / scores.length).toBeCloseTo(1, 0);
  }
});

/** Rows of two columns with variance 1 each and covariance 0.8. */
function correlated(count: number): Float32Array {
  const drawn = normals(count * 2, `correlated ${count}`);
  return drawn.map((value, i) => (i % 2 === 0 ? value : 0.8 * drawn[i - 1]! + 0.6 * value));
}
