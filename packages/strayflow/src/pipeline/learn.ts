import { assert, ExpectedError } from "../base/errors.ts";
import { program } from "../base/program.ts";
import { seededRandom } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";
import {
  buildScoringModel,
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
import { learnCalibration } from "../detect/calibration.ts";
import { knownPairs, type KnownTraffic } from "../detect/detectors/known-pairs.ts";
import { JudgeLearner, openJudge, type JudgeCalibration, type JudgeMemory } from "../detect/judge.ts";
import { encodeBaseline, learnBaseline, openExtractor, type Baseline, type Extractor, type Preset } from "../features/index.ts";
import { behaviorKey } from "../features/behavior/index.ts";
import { RangeLearner, type ColumnRange } from "../model/column-ranges.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Batch } from "../zeek/index.ts";
import { encodeMemory, hearsHosts } from "./memory.ts";
import { partNames, type PartName, type PartOfRow } from "./split.ts";

/** Rows that can be run through again and again, in one order. */
export interface ReplayableRows {
  readonly rows: number;
  replay(): AsyncIterable<Batch>;
}

/** What is learned, and how. */
export interface LearnOptions {
  readonly preset: Preset;
  readonly layers: readonly number[];
  readonly activation: Activation;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly patience: number;
  readonly dropout: number;
  readonly noise: number;
  /** Learning-rate cut after so many epochs without improvement; 0 for none. */
  readonly plateau: number;
  /** Networks that score together, by the median of their errors. */
  readonly members: number;
  readonly seed: number;
  readonly memoryBytes: number;
  /** Feature families to leave out. */
  readonly without?: readonly string[];
}

/** Everything of a model but where its rows came from. */
export interface Learned {
  readonly network: Uint8Array;
  readonly baseline: Uint8Array;
  /** What extractor and judge remember at the end of the stream. */
  readonly memory: Uint8Array;
  readonly facts: Pick<Manifest, "features" | "network" | "loss" | "curve" | "calibration">;
  /** Rows of each part. */
  readonly rows: Readonly<Record<PartName, number>>;
  /** Earliest and latest start of a connection, seconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly seconds: { readonly features: number; readonly fit: number; readonly calibrate: number };
}

/** The most that the error of one feature can be, so that no single odd column decides. */
export const errorCap = 20;
/** Fewer rows than this in the smallest part teach nothing and calibrate nothing. */
const leastPartRows = 10;

/**
 * Learns a model from a stream of rows that are dealt to three parts: vocabularies, rarities and the network from the
 * first, when to stop and how large errors are from the second, what is rare from the third, which nothing else has seen.
 * Features and detectors run over the whole stream in its order, as they do when scoring.
 */
export async function learn(source: ReplayableRows, partOf: PartOfRow, options: LearnOptions, stage: StageOptions = {}): Promise<Learned> {
  const lap = stopwatch();
  const { baseline, known } = await learnFrom(source, options.preset, partOf, stage);
  const extractor = openExtractor(options.preset, baseline, undefined, { without: options.without ?? [] });
  const judge = hearsHosts(options.preset) ? openJudge(baseline.get(behaviorKey), known) : undefined;
  using parts = openParts(extractor.width, judge, options);
  const { ranges, from, to } = await extractInto(parts, source, { extractor, judge, partOf, seed: options.seed }, stage);
  for (const name of partNames) {
    if (parts[name].rows < leastPartRows) throw tooFewRows(name, parts[name].rows, source.rows);
  }
  const features = lap();

  const trained = await trainMembers(parts, options, stage);
  const fit = lap();

  const scoring: { readonly network: TrainedAutoencoder["network"]; readonly normal: NormalErrors }[] = [];
  for (const { network } of trained) {
    scoring.push({ network, normal: await measureNormalErrors(network, parts.validation, stage) });
  }
  const network = buildScoringModel(scoring, {
    cap: errorCap,
    featureNames: extractor.columns.map(({ id }) => id),
    metadata: { program: `${program.name} ${program.version}`, preset: options.preset },
  });
  const calibration = await calibrate(source, { network, parts, partOf, judge }, stage);
  const first = scoring[0];
  assert(first !== undefined, "at least one member is trained");
  return {
    network,
    baseline: encodeBaseline(baseline),
    memory: encodeMemory({ known, extractor: extractor.saveState(), judge }),
    facts: { ...describe(options, extractor, ranges, trained, first.normal), calibration },
    rows: { train: parts.train.rows, validation: parts.validation.rows, test: parts.test.rows },
    from,
    to,
    seconds: { features, fit, calibrate: lap() },
  };
}

/** The baseline of the training part alone: what the other parts hold must be news to the model. */
async function learnFrom(
  source: ReplayableRows,
  preset: Preset,
  partOf: PartOfRow,
  { signal }: StageOptions,
): Promise<{ baseline: Baseline; known: KnownTraffic }> {
  const learner = learnBaseline(preset);
  const pairs = knownPairs.learner();
  let seen = 0;
  for await (const batch of source.replay()) {
    signal?.throwIfAborted();
    const include = new Uint8Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) include[row] = partOf(seen + row) === 0 ? 1 : 0;
    learner.learn(batch, include);
    pairs.learn(batch, include);
    seen += batch.rows;
  }
  return { baseline: learner.finish(), known: pairs.finish() };
}

/** The feature matrix of each part, and the detectors' statistics of the rows that are held back from training. */
type Parts = Readonly<Record<PartName | "statistics", MatrixStore>> & Disposable;

function openParts(width: number, judge: JudgeMemory | undefined, { memoryBytes }: LearnOptions): Parts {
  const open = (share: number, columns: number) => new MatrixStore({ width: columns, memoryBytes: memoryBytes * share });
  const stores = {
    train: open(0.5, width),
    validation: open(0.1, width),
    test: open(0.15, width),
    statistics: open(0.05, judge?.bank.width ?? 1),
  };
  return {
    ...stores,
    [Symbol.dispose]() {
      for (const store of Object.values(stores)) store.close();
    },
  };
}

interface Extraction {
  readonly extractor: Extractor;
  readonly judge: JudgeMemory | undefined;
  readonly partOf: PartOfRow;
  readonly seed: number;
}

/** One pass over the stream, in order, since behaviour features and detectors remember what came before. */
async function extractInto(
  parts: Parts,
  source: ReplayableRows,
  { extractor, judge, partOf, seed }: Extraction,
  { signal, onProgress }: StageOptions,
): Promise<{ ranges: ColumnRange[]; from: number; to: number }> {
  const { width } = extractor;
  const ranges = new RangeLearner(width, seededRandom(seed).fork("ranges"));
  let seen = 0;
  let from = Infinity;
  let to = -Infinity;
  for await (const batch of source.replay()) {
    signal?.throwIfAborted();
    const matrix = new Float32Array(batch.rows * width);
    const statistics = new Float32Array(batch.rows * parts.statistics.width);
    extractor.fill(matrix, batch);
    judge?.bank.fill(statistics, batch);
    // Runs of rows of one part are appended at once; by time there is one run a batch.
    for (let start = 0; start < batch.rows;) {
      const part = partOf(seen + start);
      let end = start + 1;
      while (end < batch.rows && partOf(seen + end) === part) end++;
      const run = matrix.subarray(start * width, end * width);
      parts[partNames[part]].append(run, end - start);
      if (part === 0) ranges.add(run, end - start);
      else parts.statistics.append(statistics.subarray(start * parts.statistics.width, end * parts.statistics.width), end - start);
      start = end;
    }
    for (const ts of batch.ts) {
      if (ts < from) from = ts;
      if (ts > to) to = ts;
    }
    seen += batch.rows;
    onProgress?.({ stage: "features", rows: seen, total: source.rows });
  }
  return { ranges: ranges.finish(), from, to };
}

function tooFewRows(part: PartName, rows: number, all: number): ExpectedError {
  return new ExpectedError(
    "too-few-rows",
    `the ${part} part has ${rows} of the ${all} connections; training needs at least ${leastPartRows} in each part`,
  );
}

/** Members differ in their seed alone. The first is compared with an untrained network and with PCA. */
async function trainMembers(parts: Parts, options: LearnOptions, stage: StageOptions): Promise<TrainedAutoencoder[]> {
  const { plateau, seed, learningRate } = options;
  const trained: TrainedAutoencoder[] = [];
  for (let member = 0; member < options.members; member++) {
    trained.push(
      await trainAutoencoder(
        parts,
        {
          hidden: options.layers,
          activation: options.activation,
          learningRate,
          batch: options.batch,
          scaler: trained[0]?.network.scaler ?? scalerOf(options.preset),
          dropout: options.dropout,
          inputNoise: options.noise,
          seed: member === 0 ? seed : `${seed}/${member}`,
          baselines: member === 0,
          schedule: {
            kind: "epochs",
            epochs: options.epochs,
            patience: options.patience,
            plateau: plateau > 0 ? { patience: plateau, factor: 0.5, minimum: learningRate / 100 } : undefined,
          },
        },
        stage,
      ),
    );
  }
  return trained;
}

/** The seed's way for the seed's features; heavy tails want medians and clipping. */
function scalerOf(preset: Preset): ScalerKind {
  return preset === "seed" ? "standard" : "robust";
}

interface Calibrating {
  readonly network: Uint8Array;
  readonly parts: Parts;
  readonly partOf: PartOfRow;
  readonly judge: JudgeMemory | undefined;
}

async function calibrate(source: ReplayableRows, { network, parts, partOf, judge }: Calibrating, stage: StageOptions): Promise<JudgeCalibration> {
  const scorer = await Scorer.open(network);
  try {
    const scores = {
      validation: await scoresOf(scorer, parts.validation, stage),
      test: await scoresOf(scorer, parts.test, stage),
    };
    if (judge === undefined) return { network: learnCalibration(scores.test), detectors: {} };
    const { width, detectors } = judge.bank;
    const held = parts.statistics.rows;
    const all = new Float32Array(held * width);
    parts.statistics.read(0, held, all);
    const columns = Object.fromEntries(
      detectors.map(({ id }, column) => [id, Float32Array.from({ length: held }, (_, row) => all[row * width + column]!)]),
    );
    const learner = new JudgeLearner(scores.test, columns, judge);
    const next = { validation: 0, test: 0, statistics: 0, row: 0 };
    for await (const batch of source.replay()) {
      stage.signal?.throwIfAborted();
      const score = new Float32Array(batch.rows);
      const statistics = new Float32Array(batch.rows * width);
      const hear = new Uint8Array(batch.rows);
      const count = new Uint8Array(batch.rows);
      for (let row = 0; row < batch.rows; row++) {
        const part = partOf(next.row++);
        if (part === 0) continue;
        hear[row] = 1;
        count[row] = part === 2 ? 1 : 0;
        score[row] = part === 1 ? scores.validation[next.validation++]! : scores.test[next.test++]!;
        const at = next.statistics++ * width;
        statistics.set(all.subarray(at, at + width), row * width);
      }
      learner.add(batch, { score, statistics, hear, count });
    }
    return learner.finish();
  } finally {
    await scorer.close();
  }
}

async function scoresOf(scorer: Scorer, matrix: MatrixRows, { signal, onProgress }: StageOptions): Promise<Float32Array> {
  const scores = new Float32Array(matrix.rows);
  const block = new Float32Array(blockRows * matrix.width);
  for (let start = 0; start < matrix.rows; start += blockRows) {
    signal?.throwIfAborted();
    const count = Math.min(blockRows, matrix.rows - start);
    matrix.read(start, count, block);
    scores.set((await scorer.run(block, count)).score, start);
    onProgress?.({ stage: "calibrate", rows: start + count, total: matrix.rows });
  }
  return scores;
}

const blockRows = 8192;

function describe(
  options: LearnOptions,
  extractor: Extractor,
  ranges: readonly ColumnRange[],
  trained: readonly TrainedAutoencoder[],
  normal: NormalErrors,
): Omit<Learned["facts"], "calibration"> {
  const first = trained[0];
  assert(first?.loss !== undefined, "the first member is compared with its baselines");
  const { loss } = first;
  const constant = new Set(first.constantColumns);
  return {
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
      members: trained.length,
      parameters: trained.reduce((sum, { parameters }) => sum + parameters, 0),
      scaler: scalerOf(options.preset),
      errorCap,
      seed: options.seed,
      epochs: first.curve.length,
      bestEpoch: first.bestEpoch,
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
    curve: first.curve.map(({ train, validation, learningRate }) => ({ train, validation: validation ?? train, learningRate })),
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
