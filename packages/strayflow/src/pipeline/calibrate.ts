import type { StageOptions } from "../base/stage.ts";
import { eachBlock, Scorer, type MatrixRows } from "../autoencoder/index.ts";
import { learnCalibration, pValueOf } from "../detect/calibration.ts";
import type { Distance } from "../detect/distance.ts";
import type { IncidentRates } from "../detect/incident-rates.ts";
import { JudgeLearner, type JudgeCalibration, type JudgeMemory } from "../detect/judge.ts";
import { HeldBackRows } from "./held-back-rows.ts";
import type { ReplayableRows } from "./learn.ts";
import type { Parts } from "./parts.ts";
import type { PartOfRow } from "./split.ts";
import type { TrainingWitness } from "./training-view.ts";

interface Calibrating {
  readonly network: Uint8Array;
  readonly parts: Parts;
  readonly partOf: PartOfRow;
  readonly judge: JudgeMemory | undefined;
  /** The parts that say what is rare. */
  readonly heldBack: readonly number[];
  readonly distance: Distance;
  /** Sees everything that a report shows. */
  readonly witness?: TrainingWitness | undefined;
}

interface Calibrated {
  readonly calibration: JudgeCalibration;
  readonly incidentRates: IncidentRates;
}

/** What normal traffic scores, and how many incidents it gives. */
export async function calibrate(
  source: ReplayableRows,
  { network, distance, parts, partOf, judge, heldBack, witness }: Calibrating,
  stage: StageOptions,
): Promise<Calibrated> {
  const scorer = await Scorer.open(network);
  try {
    const scores = {
      validation: await scoresOf(scorer, parts.validation, stage),
      test: await scoresOf(scorer, parts.test, stage),
    };
    witness?.scored(scores);
    const known = Float32Array.from([...(heldBack.includes(1) ? scores.validation : []), ...scores.test]);
    const trail = new HeldBackRows();
    if (judge === undefined) {
      const calibration = { network: learnCalibration(known), detectors: {} };
      let seen = 0;
      for await (const batch of source.replay()) {
        stage.signal?.throwIfAborted();
        witness?.see(batch);
        trail.add(
          batch,
          Uint8Array.from({ length: batch.rows }, (_, row) => (partOf(seen + row) === 2 ? 1 : 0)),
        );
        seen += batch.rows;
      }
      const pValue = Float64Array.from(scores.test, (score) => pValueOf(calibration.network, score));
      const incidentRates = trail.incidentRates(pValue);
      witness?.judged(pValue, calibration, incidentRates);
      return { calibration, incidentRates };
    }
    const { width, detectors } = judge.bank;
    const held = parts.statistics.rows;
    const all = new Float32Array(held * width);
    parts.statistics.read(0, held, all);
    const columns = Object.fromEntries(
      detectors.map(({ id }, column) => [
        id,
        Float32Array.from({ length: held }, (_, row) => all[row * width + column]!),
      ]),
    );
    const distances = {
      validation: await distancesOf(distance, parts.validation, stage),
      test: await distancesOf(distance, parts.test, stage),
    };
    const knownDistances = Float32Array.from([
      ...(heldBack.includes(1) ? distances.validation : []),
      ...distances.test,
    ]);
    const learner = new JudgeLearner(
      { network: known, distance: knownDistances, statistics: columns },
      judge,
    );
    const next = { validation: 0, test: 0, statistics: 0, row: 0 };
    for await (const batch of source.replay()) {
      stage.signal?.throwIfAborted();
      witness?.see(batch);
      const score = new Float32Array(batch.rows);
      const far = new Float32Array(batch.rows);
      const statistics = new Float32Array(batch.rows * width);
      const hear = new Uint8Array(batch.rows);
      const count = new Uint8Array(batch.rows);
      for (let row = 0; row < batch.rows; row++) {
        const part = partOf(next.row++);
        if (part === 0) continue;
        hear[row] = 1;
        count[row] = heldBack.includes(part) ? 1 : 0;
        const name = part === 1 ? "validation" : "test";
        far[row] = distances[name][next[name]]!;
        score[row] = scores[name][next[name]++]!;
        const at = next.statistics++ * width;
        statistics.set(all.subarray(at, at + width), row * width);
      }
      learner.add(batch, { network: score, distance: far, statistics }, hear, count);
      trail.add(batch, count);
    }
    const calibration = learner.finish();
    const pValues = learner.pValues(calibration);
    const incidentRates = trail.incidentRates(pValues);
    witness?.judged(pValues, calibration, incidentRates);
    return { calibration, incidentRates };
  } finally {
    await scorer.close();
  }
}

async function scoresOf(
  scorer: Scorer,
  matrix: MatrixRows,
  { signal, onProgress }: StageOptions,
): Promise<Float32Array> {
  const scores = new Float32Array(matrix.rows);
  const block = new Float32Array(blockRows * matrix.width);
  for (let start = 0; start < matrix.rows; start += blockRows) {
    signal?.throwIfAborted();
    const count = Math.min(blockRows, matrix.rows - start);
    matrix.read(start, count, block);
    scores.set(await scorer.score(block, count), start);
    onProgress?.({ stage: "calibrate", rows: start + count, total: matrix.rows });
  }
  return scores;
}

async function distancesOf(
  distance: Distance,
  matrix: MatrixRows,
  { signal }: StageOptions,
): Promise<Float32Array> {
  const distances = new Float32Array(matrix.rows);
  await eachBlock(matrix, (block, rows, start) => distances.set(distance.of(block, rows), start), { signal });
  return distances;
}

const blockRows = 8192;
