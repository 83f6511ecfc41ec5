import { setImmediate } from "node:timers/promises";
import { seededRandom } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";
import { learnBaseline, openExtractor, type Extractor } from "../features/index.ts";
import type { AssembledScenario } from "./assemble.ts";
import { figuresOf, type Figures } from "./figures.ts";
import { openMatrixSample } from "./matrix-sample.ts";
import { openCountingReferee } from "./referees/counting.ts";
import { matrixReferees } from "./referees/index.ts";
import type { FittedReferee } from "./referees/referee.ts";
import type { RowStream } from "./row-stream.ts";
import type { DetectorScores, TestRows } from "./seed-figures.ts";

/** Training rows that referees are fitted on; a random sample of this size where there are more. */
const MOST_TRAINING_ROWS = 65_536;

/** Small enough that an abort is noticed within a second. */
const BATCH_ROWS = 2048;

/**
 * Learns the baseline on a scenario's training rows and opens its preset on it, without the families that the scenario
 * leaves out. The extractor has seen no traffic yet. Throws `usage` for a family that the preset does not have.
 */
export function openScenarioExtractor({
  scenario: { preset, without },
  train,
}: AssembledScenario): Extractor {
  const learner = learnBaseline(preset);
  for (const { batch } of train.batches()) learner.learn(batch);
  return openExtractor(preset, learner.finish(), undefined, { without });
}

/**
 * Fits the referees on the training rows and scores calibration and test, in one pass over the scenario. The features'
 * memory runs on from one part to the next, as it does in the product.
 *
 * @param extractor opened on the training rows' baseline, and fresh
 * @param test what `testRowsOf` says of the scenario
 */
export async function runReferees(
  assembled: AssembledScenario,
  extractor: Extractor,
  test: TestRows,
  { signal, onProgress }: StageOptions = {},
): Promise<Readonly<Record<string, Figures>>> {
  const { scenario, train, calibrate } = assembled;
  const total = train.rows + calibrate.rows + test.truth.length;
  let done = 0;
  const step = async (rows: number) => {
    done += rows;
    onProgress?.({ stage: "evaluate", rows: done, total });
    await setImmediate();
    signal?.throwIfAborted();
  };

  const counting = openCountingReferee();
  const sample = openMatrixSample(extractor.width, MOST_TRAINING_ROWS, seededRandom("referees"));
  const matrix = new Float32Array(BATCH_ROWS * extractor.width);
  const counts = new Float64Array(BATCH_ROWS);
  for (const { batch } of train.batches(BATCH_ROWS)) {
    extractor.fill(matrix, batch);
    sample.add(matrix, batch.rows);
    counting.score(batch, counts);
    await step(batch.rows);
  }

  const learned = sample.matrix();
  const runs: Run[] = [];
  for (const referee of matrixReferees()) {
    for (const seed of referee.seeded ? scenario.seeds : scenario.seeds.slice(0, 1)) {
      const fitted = referee.fit(learned, extractor.width, seededRandom(seed));
      runs.push({ id: referee.id, fitted, scores: openScores(assembled) });
      await step(0);
    }
  }
  const countingScores = openScores(assembled);

  const score = async (stream: RowStream, part: keyof DetectorScores) => {
    let at = 0;
    for (const { batch } of stream.batches(BATCH_ROWS)) {
      extractor.fill(matrix, batch);
      for (const { fitted, scores } of runs) fitted.score(matrix, scores[part].subarray(at, at + batch.rows));
      counting.score(batch, countingScores[part].subarray(at, at + batch.rows));
      at += batch.rows;
      await step(batch.rows);
    }
  };
  await score(calibrate, "calibration");
  await score(assembled.test, "test");

  const bySeed = Map.groupBy(runs, ({ id }) => id);
  const detectors: Record<string, Figures> = {};
  for (const [id, seeds] of bySeed) {
    const scores = seeds.map((run) => run.scores);
    detectors[id] = figuresOf(test, scores, scenario.rates);
  }
  detectors["counting"] = figuresOf(test, [countingScores], scenario.rates);
  return detectors;
}

interface Run {
  readonly id: string;
  readonly fitted: FittedReferee;
  readonly scores: DetectorScores;
}

function openScores({ calibrate, test }: AssembledScenario): DetectorScores {
  return { calibration: new Float64Array(calibrate.rows), test: new Float64Array(test.rows) };
}
