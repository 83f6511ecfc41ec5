import { ExpectedError } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";
import {
  buildScoringModel,
  DEFAULT_ERROR_CAP,
  MatrixStore,
  measureNormalErrors,
  Scorer,
  trainAutoencoder,
  type Activation,
  type MatrixRows,
  type NormalErrors,
  type ScalerKind,
  type TrainedAutoencoder,
} from "../autoencoder/index.ts";
import { learnCalibration, scoreAt, type Calibration } from "../detect/calibration.ts";
import { encodeBaseline, learnBaseline, openExtractor, type Baseline, type Extractor, type Preset } from "../features/index.ts";
import { checkModelTarget, saveBundle } from "../model/bundle.ts";
import { RangeLearner, type ColumnRange } from "../model/column-ranges.ts";
import { modelFormat, type Manifest } from "../model/manifest.ts";
import { BatchSpool, readConnections, type ReadTally, type Reject } from "../zeek/index.ts";
import { program } from "../base/program.ts";
import { partNames, splitRows, type PartName, type PartOfRow, type Split } from "./split.ts";

export interface TrainOptions {
  readonly inputs: readonly string[];
  readonly modelDir: string;
  readonly preset: Preset;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly patience: number;
  readonly layers: readonly number[];
  readonly activation: Activation;
  readonly dropout: number;
  readonly noise: number;
  /** Learning-rate cut after so many epochs without improvement; 0 for none. */
  readonly plateau: number;
  readonly seed: number;
  readonly split: Split["kind"];
  readonly shares: Split["shares"];
  readonly memoryBytes: number;
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
}

/** What `train --json` prints. Times in seconds. */
export interface TrainSummary {
  readonly model: string;
  readonly preset: Preset;
  readonly rows: { readonly read: number; readonly rejected: number } & Readonly<Record<PartName, number>>;
  readonly features: number;
  readonly parameters: number;
  readonly epochs: number;
  readonly loss: Readonly<Record<PartName | "untrained" | "pca", number>>;
  readonly threshold: number;
  readonly seconds: {
    readonly read: number;
    readonly features: number;
    readonly fit: number;
    readonly calibrate: number;
    readonly total: number;
  };
  readonly peak_rss_bytes: number;
}

/** Fewer rows than this in the smallest part teach nothing and calibrate nothing. */
const leastPartRows = 10;

/**
 * Learns a model from logs and writes its directory: reads the logs once, learns vocabularies and rarities from the
 * training part, computes the features of all parts, fits the network, and calibrates its scores on the test part, which
 * neither the fit nor the decision when to stop has seen.
 */
export async function trainModel(options: TrainOptions, stage: StageOptions = {}): Promise<TrainSummary> {
  const lap = stopwatch();
  await checkModelTarget(options.modelDir);
  await using spool = new BatchSpool({ memoryBytes: options.memoryBytes / 4 });
  const tally = await readInto(spool, options, stage);
  const readSeconds = lap();

  const split: Split = { kind: options.split, shares: options.shares };
  const partOf = splitRows(tally.rows, split, options.seed);
  const baseline = await learnFrom(spool, options.preset, partOf, stage);
  const extractor = openExtractor(options.preset, baseline);
  using parts = openParts(extractor.width, options);
  const { ranges, from, to } = await extractInto(parts, spool, extractor, { partOf, rows: tally.rows, seed: options.seed }, stage);
  for (const name of partNames) {
    if (parts[name].rows < leastPartRows) throw tooFewRows(name, parts, tally.rows);
  }
  const featureSeconds = lap();

  const trained = await trainAutoencoder(parts, networkOptions(options), stage);
  const fitSeconds = lap();

  const normal = await measureNormalErrors(trained.network, parts.validation, stage);
  const network = buildScoringModel([{ network: trained.network, normal }], {
    featureNames: extractor.columns.map(({ id }) => id),
    metadata: { program: `${program.name} ${program.version}`, preset: options.preset },
  });
  const calibration = await calibrate(network, parts.test, stage);
  const manifest = describe({ options, split, tally, from, to, parts, extractor, ranges, trained, normal, calibration });
  await saveBundle(options.modelDir, { manifest, network, baseline: encodeBaseline(baseline) });
  const calibrateSeconds = lap();

  const { loss, network: facts, traffic } = manifest;
  return {
    model: options.modelDir,
    preset: options.preset,
    rows: traffic.rows,
    features: extractor.width,
    parameters: facts.parameters,
    epochs: facts.epochs,
    loss: { train: loss.train, validation: loss.validation, test: loss.test, untrained: loss.untrained, pca: loss.pca },
    threshold: scoreAt(calibration, 0.001),
    seconds: {
      read: readSeconds,
      features: featureSeconds,
      fit: fitSeconds,
      calibrate: calibrateSeconds,
      total: readSeconds + featureSeconds + fitSeconds + calibrateSeconds,
    },
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
  };
}

async function readInto(spool: BatchSpool, options: TrainOptions, stage: StageOptions): Promise<ReadTally> {
  const reader = readConnections(options.inputs, { ...stage, onReject: options.onReject, stdin: options.stdin });
  for await (const batch of reader) spool.append(batch);
  return reader.tally;
}

/** The baseline of the training part alone: what the other parts hold must be news to the model. */
async function learnFrom(spool: BatchSpool, preset: Preset, partOf: PartOfRow, { signal }: StageOptions): Promise<Baseline> {
  const learner = learnBaseline(preset);
  let seen = 0;
  for await (const batch of spool.replay()) {
    signal?.throwIfAborted();
    const include = new Uint8Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) include[row] = partOf(seen + row) === 0 ? 1 : 0;
    learner.learn(batch, include);
    seen += batch.rows;
  }
  return learner.finish();
}

type Parts = Readonly<Record<PartName, MatrixStore>> & Disposable;

function openParts(width: number, { memoryBytes, shares }: TrainOptions): Parts {
  const open = (name: PartName) => new MatrixStore({ width, memoryBytes: memoryBytes * 0.75 * shares[name] });
  const stores = { train: open("train"), validation: open("validation"), test: open("test") };
  return {
    ...stores,
    [Symbol.dispose]() {
      for (const name of partNames) stores[name].close();
    },
  };
}

/** One pass over the stream, in order, since behaviour features remember what came before. */
async function extractInto(
  parts: Parts,
  spool: BatchSpool,
  extractor: Extractor,
  { partOf, rows, seed }: { readonly partOf: PartOfRow; readonly rows: number; readonly seed: number },
  { signal, onProgress }: StageOptions,
): Promise<{ ranges: ColumnRange[]; from: number; to: number }> {
  const { width } = extractor;
  const ranges = new RangeLearner(width, seededRandom(seed).fork("ranges"));
  let seen = 0;
  let from = Infinity;
  let to = -Infinity;
  for await (const batch of spool.replay()) {
    signal?.throwIfAborted();
    const matrix = new Float32Array(batch.rows * width);
    extractor.fill(matrix, batch);
    // Runs of rows of one part are appended at once; by time there is one run a batch.
    for (let start = 0; start < batch.rows; ) {
      const part = partOf(seen + start);
      let end = start + 1;
      while (end < batch.rows && partOf(seen + end) === part) end++;
      const run = matrix.subarray(start * width, end * width);
      parts[partNames[part]].append(run, end - start);
      if (part === 0) ranges.add(run, end - start);
      start = end;
    }
    for (const ts of batch.ts) {
      if (ts < from) from = ts;
      if (ts > to) to = ts;
    }
    seen += batch.rows;
    onProgress?.({ stage: "features", rows: seen, total: rows });
  }
  return { ranges: ranges.finish(), from, to };
}

function tooFewRows(part: PartName, parts: Parts, rows: number): ExpectedError {
  return new ExpectedError(
    "too-few-rows",
    `the ${part} part has ${parts[part].rows} of the ${rows} connections; training needs at least ${leastPartRows} in each part`,
  );
}

function networkOptions(options: TrainOptions) {
  const { plateau, seed } = options;
  return {
    hidden: options.layers,
    activation: options.activation,
    learningRate: options.learningRate,
    batch: options.batch,
    scaler: scalerOf(options.preset),
    dropout: options.dropout,
    inputNoise: options.noise,
    seed,
    schedule: {
      kind: "epochs",
      epochs: options.epochs,
      patience: options.patience,
      plateau: plateau > 0 ? { patience: plateau, factor: 0.5, minimum: options.learningRate / 100 } : undefined,
    },
  } as const;
}

/** The seed's way for the seed's features; heavy tails want medians and clipping. */
function scalerOf(preset: Preset): ScalerKind {
  return preset === "seed" ? "standard" : "robust";
}

async function calibrate(network: Uint8Array, test: MatrixRows, { signal, onProgress }: StageOptions): Promise<Calibration> {
  const scorer = await Scorer.open(network);
  try {
    const scores = new Float32Array(test.rows);
    const block = new Float32Array(8192 * test.width);
    for (let start = 0; start < test.rows; start += 8192) {
      signal?.throwIfAborted();
      const count = Math.min(8192, test.rows - start);
      test.read(start, count, block);
      scores.set((await scorer.run(block, count)).score, start);
      onProgress?.({ stage: "calibrate", rows: start + count, total: test.rows });
    }
    return learnCalibration(scores);
  } finally {
    await scorer.close();
  }
}

interface Ingredients {
  readonly options: TrainOptions;
  readonly split: Split;
  readonly tally: ReadTally;
  readonly from: number;
  readonly to: number;
  readonly parts: Parts;
  readonly extractor: Extractor;
  readonly ranges: readonly ColumnRange[];
  readonly trained: TrainedAutoencoder;
  readonly normal: NormalErrors;
  readonly calibration: Calibration;
}

function describe({ options, split, tally, from, to, parts, extractor, ranges, trained, normal, calibration }: Ingredients): Omit<Manifest, "files"> {
  const constant = new Set(trained.constantColumns);
  const { loss } = trained;
  if (loss === undefined) throw new Error("training was asked for its baselines");
  return {
    format: modelFormat,
    program,
    preset: options.preset,
    traffic: {
      files: tally.files,
      from,
      to,
      rows: {
        read: tally.rows,
        rejected: tally.rejected,
        train: parts.train.rows,
        validation: parts.validation.rows,
        test: parts.test.rows,
      },
      columns: [...tally.columns],
    },
    split,
    features: extractor.columns.map(({ id, unit, summary }, column) => ({
      id,
      unit,
      summary,
      constant: constant.has(column),
      low: ranges[column]!.low,
      high: ranges[column]!.high,
      normalError: normal.meanSquare[column]!,
    })),
    network: {
      layers: [...options.layers],
      activation: options.activation,
      parameters: trained.parameters,
      scaler: scalerOf(options.preset),
      errorCap: DEFAULT_ERROR_CAP,
      seed: options.seed,
      epochs: trained.curve.length,
      bestEpoch: trained.bestEpoch,
      batch: options.batch,
      learningRate: options.learningRate,
      patience: options.patience,
      dropout: options.dropout,
      noise: options.noise,
    },
    loss: {
      train: loss.train,
      validation: loss.validation ?? loss.train,
      test: loss.test ?? loss.train,
      untrained: loss.untrained,
      pca: loss.pca,
      better: loss.better,
      verdict: loss.verdict,
    },
    curve: trained.curve.map(({ train, validation, learningRate }) => ({ train, validation: validation ?? train, learningRate })),
    calibration,
  };
}

function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
