import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Scorer } from "../../src/autoencoder/index.ts";
import { decodeBaseline, openExtractor, type Preset } from "../../src/features/index.ts";
import { loadBundle, type Bundle } from "../../src/model/bundle.ts";
import { trainModel, type TrainOptions } from "../../src/pipeline/train.ts";
import { scoreLogs } from "../../src/pipeline/score.ts";
import type { StageOptions } from "../../src/base/stage.ts";
import { linesOf, openOffice, quick, readBatches, rowsOf, shares, writeLog, type Office } from "./office.ts";

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL("../..", import.meta.url));

let office: Office;
/** A model of preset `connection`. */
let ordinary: Awaited<ReturnType<typeof train>>;
beforeAll(async () => {
  office = await openOffice({ rows: 2000, seed: 21, attack: "port-scan:weak" });
  ordinary = await train("ordinary", { preset: "connection" });
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

/** Trains for a moment on the office's ordinary log, unless told otherwise. */
async function train(
  name: string,
  options: Partial<TrainOptions> & { preset: Preset },
  stage: StageOptions = {},
) {
  const modelDir = office.path(name);
  const usual = { seed: 1, inputs: [office.normal], split: "time", shares, ...quick } as const;
  const summary = await trainModel({ ...usual, ...options, modelDir }, stage);
  return { summary, modelDir };
}

/** A log of so many of the ordinary rows. */
async function short(rows: number): Promise<string> {
  const { header, rows: all } = await linesOf(office.normal);
  await writeLog(office.path(`${rows}.log`), header, all.slice(0, rows));
  return office.path(`${rows}.log`);
}

/** A hash of each file of a directory. */
async function filesOf(directory: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of (await readdir(directory)).sort()) {
    hashes[name] = createHash("sha256")
      .update(await readFile(join(directory, name)))
      .digest("hex");
  }
  return hashes;
}

describe("a seed", () => {
  test.each<Preset>(["seed", "connection", "behavior"])(
    "gives one model of preset %s, byte for byte",
    async (preset) => {
      const [one, two] = [await train(`${preset}-one`, { preset }), await train(`${preset}-two`, { preset })];
      const files = await filesOf(one.modelDir);
      expect(Object.keys(files)).toEqual(["baseline.bin", "manifest.json", "memory.bin", "network.onnx"]);
      expect(await filesOf(two.modelDir)).toEqual(files);
    },
  );

  test("gives another network than another seed, from the same view of the traffic", async () => {
    const one = await filesOf(ordinary.modelDir);
    const other = await filesOf((await train("other", { preset: "connection", seed: 2 })).modelDir);
    expect(other["network.onnx"]).not.toBe(one["network.onnx"]);
    expect(other["manifest.json"]).not.toBe(one["manifest.json"]);
    expect(other["baseline.bin"]).toBe(one["baseline.bin"]);
  });

  test("gives the same model in another process", async () => {
    const { modelDir } = await train("here", {
      preset: "connection",
      shares: { train: 0.675, validation: 0.125, test: 0.2 },
      epochs: 2,
      layers: undefined,
      members: undefined,
      batch: undefined,
      steps: undefined,
    });
    const elsewhere = office.path("elsewhere");
    const words = [
      "train",
      office.normal,
      "--model",
      elsewhere,
      "--preset",
      "connection",
      "--epochs",
      "2",
      "--no-report",
      "--quiet",
    ];
    await run(process.execPath, [join(packageFolder, "src/cli/main.ts"), ...words]);
    expect(await filesOf(elsewhere)).toEqual(await filesOf(modelDir));
  });
});

test("any program can run the network: plain ONNX Runtime in a fresh process gives the product's scores", async () => {
  const { modelDir } = ordinary;
  const { baseline, memory: _, manifest } = await loadBundle(modelDir);
  const batch = rowsOf((await readBatches(office.later))[0]!, 0, 320);
  const extractor = openExtractor("connection", decodeBaseline(baseline));
  const matrix = new Float32Array(batch.rows * extractor.width);
  extractor.fill(matrix, batch);
  const script = `
    import { InferenceSession, Tensor } from "onnxruntime-node";
    const [file, width] = process.argv.slice(1);
    const chunks = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    const bytes = new Uint8Array(Buffer.concat(chunks));
    const features = new Float32Array(bytes.buffer);
    const session = await InferenceSession.create(file);
    const dims = [features.length / width, Number(width)];
    const { score, errors, reconstruction } = await session.run({ features: new Tensor("float32", features, dims) });
    console.log(JSON.stringify([score, errors, reconstruction].map(({ data }) => [...data])));`;
  const network = join(modelDir, "network.onnx");
  const words = ["--input-type=module", "-e", script, network, String(extractor.width)];
  const child = run(process.execPath, words, { cwd: packageFolder, maxBuffer: 1e8 });
  child.child.stdin!.end(new Uint8Array(matrix.buffer));
  const [score, errors, reconstruction] = JSON.parse((await child).stdout) as number[][];

  const product: number[] = [];
  for await (const scored of scoreLogs({ inputs: [office.later], modelDir })) product.push(...scored.score);
  expect(score).toEqual(product.slice(0, 320));
  const scorer = await Scorer.open(await readFile(network));
  const inside = await scorer.run(matrix, batch.rows);
  await scorer.close();
  expect(errors).toEqual([...inside.errors]);
  expect(reconstruction).toEqual([...inside.reconstruction]);
  expect(manifest.features.length).toBe(extractor.width);
}, 60_000);

describe("a model that could not be made", () => {
  test.each([1, 9, 40])("for %i rows are too few says so, and leaves the old one as it was", async (rows) => {
    const modelDir = office.path("few");
    await cp(ordinary.modelDir, modelDir, { recursive: true });
    const before = await filesOf(modelDir);
    const neighbours = await readdir(office.folder);
    const inputs = [await short(rows)];
    await expect(train("few", { preset: "connection", inputs })).rejects.toMatchObject({
      kind: "too-few-rows",
      message: expect.stringContaining(`of the ${rows} connections`),
    });
    expect(await filesOf(modelDir)).toEqual(before);
    expect((await readdir(office.folder)).sort()).toEqual(
      [...new Set([...neighbours, `${rows}.log`])].sort(),
    );
  });

  test("because it was interrupted, in any stage, leaves the old one, no half of a new one and no temporary file", async () => {
    const temporary = office.path("temporary");
    await mkdir(temporary);
    const usual = process.env["TMPDIR"];
    process.env["TMPDIR"] = temporary;
    try {
      // So little memory that rows and matrices go to temporary files.
      const options = { preset: "behavior", memoryBytes: 200_000, inputs: [await short(600)] } as const;
      const stages = new Set<string>();
      const { modelDir } = await train("stopped", options, { onProgress: ({ stage }) => stages.add(stage) });
      expect([...stages]).toEqual(expect.arrayContaining(["features", "train", "calibrate"]));
      const before = await filesOf(modelDir);
      const neighbours = (await readdir(office.folder)).sort();
      for (const last of stages) {
        const stop = new AbortController();
        let wasWriting = 0;
        const onProgress = ({ stage }: { readonly stage: string }) => {
          if (stage !== last || stop.signal.aborted) return;
          wasWriting = readdirSync(temporary).length;
          stop.abort();
        };
        const stage = { signal: stop.signal, onProgress };
        await expect(train("stopped", { ...options, seed: 5 }, stage)).rejects.toMatchObject({
          name: "AbortError",
        });
        expect(wasWriting).toBeGreaterThan(last === "read" ? -1 : 0);
        expect(await readdir(temporary)).toEqual([]);
        expect((await readdir(office.folder)).sort()).toEqual(neighbours);
      }
      expect(await filesOf(modelDir)).toEqual(before);
      await loadBundle(modelDir);
    } finally {
      if (usual === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = usual;
    }
  });
});

describe("the card of a model", () => {
  let bundle: Bundle;
  beforeAll(async () => {
    bundle = await loadBundle(ordinary.modelDir);
  });

  test("names the columns that were constant in the training part, and no others", async () => {
    const { features, traffic } = bundle.manifest;
    const extractor = openExtractor("connection", decodeBaseline(bundle.baseline));
    const distinct = features.map(() => new Set<number>());
    let left = traffic.rows.train;
    for (const batch of await readBatches(office.normal)) {
      const matrix = new Float32Array(batch.rows * extractor.width);
      extractor.fill(matrix, batch);
      const rows = Math.min(left, batch.rows);
      matrix
        .subarray(0, rows * extractor.width)
        .forEach((value, i) => distinct[i % extractor.width]!.add(value));
      left -= rows;
    }
    const constant = features.filter(({ constant: is }) => is).map(({ id }) => id);
    expect(constant.length).toBeGreaterThan(0);
    expect(constant).toEqual(extractor.columns.filter((_, i) => distinct[i]!.size === 1).map(({ id }) => id));
    for (const { constant: is, low, high } of features) expect(is && low !== high).toBe(false);
  });

  test("reports the loss of each part beside an untrained network and PCA, and whether it is better", () => {
    const { loss, network, curve } = bundle.manifest;
    for (const value of [loss.train, loss.validation, loss.test, loss.untrained, loss.pca]) {
      expect(value > 0 && Number.isFinite(value)).toBe(true);
    }
    expect(loss.better).toBe(loss.test < Math.min(loss.untrained, loss.pca));
    expect(loss.verdict).toMatch(/untrained|PCA/);
    expect(curve.length).toBe(network.epochs);
    const { train: first, validation, test: last, untrained, pca } = loss;
    expect(ordinary.summary.loss).toEqual({ train: first, validation, test: last, untrained, pca });
  });

  test("counts every row once, and says from when to when they were", async () => {
    const { rows, from, to } = bundle.manifest.traffic;
    const ts = (await readBatches(office.normal)).flatMap((batch) => [...batch.ts]);
    expect(rows.train + rows.validation + rows.test).toBe(ts.length);
    expect(rows).toMatchObject({ read: ts.length, rejected: 0 });
    expect([from, to]).toEqual([Math.min(...ts), Math.max(...ts)]);
    expect(ordinary.summary.rows).toEqual(rows);
  });
});

describe("how long it learns", () => {
  const network = async (options: Partial<TrainOptions> & { preset: Preset }) => {
    const inputs = [await short(600)];
    const usual = { inputs, layers: [4], members: 1, steps: undefined, batch: 512 };
    const { modelDir } = await train("network", { ...usual, ...options });
    return (await loadBundle(modelDir)).manifest.network;
  };

  test("is so many steps where that is said, or usual for the preset", async () => {
    expect(await network({ preset: "connection", steps: 100 })).toMatchObject({ steps: 100 });
    expect(await network({ preset: "behavior" })).toMatchObject({ steps: 800 });
  });

  test.each<Partial<TrainOptions>>([{ epochs: 2 }, { patience: 1 }])(
    "is decided by epochs and patience where %o is given, whatever the preset",
    async (given) => {
      const { steps, epochs, patience } = await network({ preset: "behavior", ...given });
      expect(steps).toBe(0);
      expect(epochs).toBeLessThanOrEqual(given.epochs ?? 500);
      expect(patience).toBe(given.patience ?? 3);
    },
  );
});

describe("the vocabulary", () => {
  /** The ordinary log with another service in some of its TLS rows. */
  async function renamed(name: string, isRenamed: (row: number, rows: number) => boolean) {
    const { header, rows, fields } = await linesOf(office.normal);
    const service = fields.indexOf("service");
    const changed = rows.map((line, row) => {
      const values = line.split("\t");
      if (!isRenamed(row, rows.length) || values[service] !== "ssl") return line;
      return values.with(service, "spicy").join("\t");
    });
    await writeLog(office.path(name), header, changed);
    return { log: office.path(name), count: changed.filter((line, row) => line !== rows[row]).length };
  }

  /** The columns about services that are 1 in rows of that service. */
  async function columnsOf(modelDir: string, log: string): Promise<Set<string>> {
    const { baseline } = await loadBundle(modelDir);
    const extractor = openExtractor("connection", decodeBaseline(baseline));
    const found = new Set<string>();
    for (const batch of await readBatches(log)) {
      const matrix = new Float32Array(batch.rows * extractor.width);
      extractor.fill(matrix, batch);
      for (let row = 0; row < batch.rows; row++) {
        if (batch.service.values[batch.service.codes[row]!] !== "spicy") continue;
        extractor.columns.forEach(({ id }, column) => {
          if (id.startsWith("service") && matrix[row * extractor.width + column] === 1) found.add(id);
        });
      }
    }
    return found;
  }

  test("is that of the training part alone: a service that only the test part has is `other`", async () => {
    const late = await renamed("late.log", (row, rows) => row >= 0.8 * rows);
    expect(late.count).toBeGreaterThan(10);
    const { modelDir } = await train("late", { preset: "connection", inputs: [late.log] });
    expect(await columnsOf(modelDir, late.log)).toEqual(new Set(["service_is_other"]));
    expect((await loadBundle(modelDir)).manifest.norms.words.service).not.toContain("spicy");
  });

  test("holds a service that the training part has", async () => {
    const early = await renamed("early.log", (row, rows) => row < 0.6 * rows);
    const { modelDir } = await train("early", { preset: "connection", inputs: [early.log] });
    expect(await columnsOf(modelDir, early.log)).toEqual(new Set(["service_spicy"]));
    expect((await loadBundle(modelDir)).manifest.norms.words.service).toContain("spicy");
  });
});
