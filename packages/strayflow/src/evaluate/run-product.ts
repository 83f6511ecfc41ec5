import { assert } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import { MatrixStore } from "../autoencoder/index.ts";
import { cutWithinBudget } from "../detect/incident-rates.ts";
import type { SensorFinding } from "../detect/sensor.ts";
import { openExtractor } from "../features/index.ts";
import type { Bundle } from "../model/bundle.ts";
import { Detector } from "../pipeline/detector.ts";
import { fitReport, type FitReport } from "../pipeline/fit-report.ts";
import {
  leastPartRows,
  learnPrepared,
  prepare,
  type Learned,
  type Prepared,
  type ReplayableRows,
} from "../pipeline/learn.ts";
import type { PartOfRow, Split } from "../pipeline/split.ts";
import { manifestOf } from "../pipeline/train.ts";
import { usualOptions } from "../pipeline/usual-options.ts";
import type { AssembledScenario } from "./assemble.ts";
import { figuresOf, figuresOfProduct, type Figures } from "./figures.ts";
import { rateSupport } from "./metrics.ts";
import { networkScores } from "./network-scores.ts";
import { openProductRun } from "./product-run.ts";
import { tooFew } from "./row-set.ts";
import type { DetectorScores, ProductScores, TestRows } from "./seed-figures.ts";

/** Of the training rows, the share that is held back as `train` does; little, since a fixed schedule decides nothing on it. */
const VALIDATION_SHARE = 0.05;
const BLOCK_ROWS = 8192;

/** The figures of what was learned: as a whole, of its networks' scores alone, and of the same networks untrained. */
export interface ProductFigures {
  readonly product: Figures;
  readonly autoencoder: Figures;
  readonly untrained: Figures;
  /** Of the first seed's run. */
  readonly fit: FitReport;
  readonly sensor: readonly SensorFinding[];
}

/**
 * Learns from a scenario's training and calibration rows as `train` does, once for every seed, and scores the test as
 * `score` does, from the memory at the end of calibration on. Throws `too-few-rows` where nothing can be learned.
 *
 * @param epochs most epochs of a network
 */
export async function runProduct(
  assembled: AssembledScenario,
  test: TestRows,
  stage: StageOptions,
  epochs?: number,
): Promise<ProductFigures> {
  refuseTooFew(assembled);
  const { rates, seeds, preset, without } = assembled.scenario;
  const usual = usualOptions(preset);
  const options = {
    ...usual,
    without,
    keepUntrained: true,
    ...(epochs !== undefined && { epochs, steps: undefined }),
  };
  const scores = {
    product: [] as ProductScores[],
    autoencoder: [] as DetectorScores[],
    untrained: [] as DetectorScores[],
  };
  let first: TestRun | undefined;
  using prepared = await prepare(
    learnedRows(assembled),
    partsOf(assembled),
    { ...options, seed: seeds[0]! },
    stage,
  );
  using matrix = testMatrix(prepared, assembled, stage);
  for (const seed of seeds) {
    const learned = await learnPrepared(prepared, { ...options, seed }, stage);
    const run = await productScores(bundleOf(assembled, learned), assembled, test, stage);
    first ??= run;
    scores.product.push(run.scores);
    for (const [name, network] of [
      ["autoencoder", learned.network],
      ["untrained", learned.untrained!],
    ] as const) {
      scores[name].push({
        calibration: await networkScores(network, prepared.parts.test, stage),
        test: await networkScores(network, matrix, stage),
      });
    }
  }
  assert(first !== undefined, "a scenario has at least one seed");
  return {
    fit: first.fit,
    sensor: first.sensor,
    product: figuresOfProduct(test, scores.product, rates),
    autoencoder: figuresOf(test, scores.autoencoder, rates),
    untrained: figuresOf(test, scores.untrained, rates),
  };
}

function refuseTooFew({ scenario, rows: { train, calibrate } }: AssembledScenario): void {
  const leastTrain = Math.ceil(leastPartRows / VALIDATION_SHARE);
  if (train >= leastTrain && calibrate >= leastPartRows) return;
  const unknown = scenario.rates.filter((rate) => rateSupport(calibrate, rate) === "none");
  const rates = unknown.length === 0 ? "" : `; no rate of ${unknown.join(" or ")} can be estimated from them`;
  throw tooFew(
    scenario,
    `${train} rows to train and ${calibrate} to calibrate are too few: it takes ${leastTrain} and ${leastPartRows}${rates}`,
  );
}

/** The training rows, and behind them the calibration rows. */
function learnedRows({ train, calibrate }: AssembledScenario): ReplayableRows {
  return {
    rows: train.rows + calibrate.rows,
    async *replay() {
      for (const { batch } of train.batches(BLOCK_ROWS)) yield batch;
      for (const { batch } of calibrate.batches(BLOCK_ROWS)) yield batch;
    },
  };
}

function partsOf({ train }: AssembledScenario): PartOfRow {
  const validationFrom = Math.round(train.rows * (1 - VALIDATION_SHARE));
  return (row) => (row < validationFrom ? 0 : row < train.rows ? 1 : 2);
}

/** The features of the test rows, computed once for the networks of all seeds. */
function testMatrix(
  prepared: Prepared,
  { test, scenario }: AssembledScenario,
  { signal }: StageOptions,
): MatrixStore {
  const { preset, baseline } = prepared;
  const extractor = openExtractor(preset, baseline, prepared.extractor.saveState(), {
    without: scenario.without,
  });
  const matrix = new MatrixStore({ width: extractor.width });
  for (const { batch } of test.batches(BLOCK_ROWS)) {
    signal?.throwIfAborted();
    const values = new Float32Array(batch.rows * extractor.width);
    extractor.fill(values, batch);
    matrix.append(values);
  }
  return matrix;
}

/** The model as its directory would hold it. */
function bundleOf({ scenario, train, calibrate }: AssembledScenario, learned: Learned): Bundle {
  const { rows } = learned;
  const all = rows.train + rows.validation + rows.test;
  const shares = { train: rows.train / all, validation: rows.validation / all, test: rows.test / all };
  const split: Split = { kind: "time", shares };
  const tally = { files: 0, rows: train.rows + calibrate.rows, rejected: 0, columns: new Set<never>() };
  const { network, baseline, memory } = learned;
  const { preset, without } = scenario;
  return {
    manifest: { ...manifestOf({ preset, without }, split, tally, learned), files: {} },
    network,
    baseline,
    memory,
  };
}

/** What the product made of the test with one seed. */
interface TestRun {
  readonly scores: ProductScores;
  readonly fit: FitReport;
  readonly sensor: readonly SensorFinding[];
}

async function productScores(
  bundle: Bundle,
  { test, scenario: { rates, budget } }: AssembledScenario,
  rows: TestRows,
  { signal, onProgress }: StageOptions,
): Promise<TestRun> {
  const rate =
    budget === undefined ? Math.min(...rates) : cutWithinBudget(bundle.manifest.incidentRates, budget).pValue;
  const detector = await Detector.open(bundle, rate);
  try {
    const run = openProductRun(detector.extractor, rate, rows.warmUp);
    let done = 0;
    for (const { batch, truth } of test.batches(BLOCK_ROWS)) {
      signal?.throwIfAborted();
      run.take(await detector.score(batch), truth);
      onProgress?.({ stage: "score", rows: (done += batch.rows), total: test.rows });
    }
    return { scores: run.finish(rows), fit: fitReport(detector.fit()), sensor: detector.sensor() };
  } finally {
    await detector.close();
  }
}
