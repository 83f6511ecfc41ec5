import { ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import { MatrixStore } from "../autoencoder/index.ts";
import { pValueOf } from "../detect/calibration.ts";
import { decodeBaseline, openExtractor, type Extractor } from "../features/index.ts";
import { loadBundle, type Bundle } from "../model/bundle.ts";
import { decodeMemory } from "../pipeline/memory.ts";
import { scoreLogs } from "../pipeline/score.ts";
import type { Batch, ReadWarning, Reject } from "../zeek/index.ts";
import { figuresOfProduct } from "./figures.ts";
import { openLabelMarks } from "./label-marks.ts";
import { networkScores } from "./network-scores.ts";
import { openProductRun } from "./product-run.ts";
import type { ScenarioReport } from "./run.ts";
import { openRowFacts } from "./test-rows.ts";
import { openTruthMarks, readTruth } from "./truth.ts";

export interface LogRunOptions {
  readonly inputs: readonly string[];
  readonly modelDir: string;
  /** A file of `uid,label`; without it the logs' own label columns are the truth. */
  readonly truth?: string | undefined;
  readonly rates: readonly number[];
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
}

/** What was found out about labelled logs, and remarks for the reader of the figures. */
export interface LogReport {
  readonly report: ScenarioReport;
  readonly notes: readonly string[];
  readonly warnings: readonly ReadWarning[];
}

/**
 * The figures of a trained model on labelled logs: of the product as a whole, and of its networks' scores alone, cut by
 * the calibration that the model carries. What needs the training rows (the referees, the untrained network) is left out.
 *
 * Throws as `scoreLogs` and `readTruth` do, and `labels-format` where nothing is labelled.
 */
export async function runLogs(
  { inputs, modelDir, truth, rates, stdin, onReject }: LogRunOptions,
  stage: StageOptions = {},
): Promise<LogReport> {
  const bundle = await loadBundle(modelDir);
  const marks = truth === undefined ? openLabelMarks() : openTruthMarks(await readTruth(truth));
  const rate = Math.min(...rates);
  const extractor = extractorOf(bundle);
  const product = openProductRun(extractor, rate);
  const facts = openRowFacts();
  using matrix = new MatrixStore({ width: extractor.width });
  const scored = scoreLogs({ inputs, modelDir, pValue: rate, stdin, onReject }, stage);
  for await (const rows of scored) {
    const marked = marks.mark(rows.batch);
    product.take(rows, marked);
    facts.add(rows.batch, marked);
    append(matrix, extractor, rows.batch);
  }
  const test = facts.finish(marks.names, 0);
  const attack = test.truth.reduce((sum, label) => sum + (label === 0 ? 0 : 1), 0);
  const notes: string[] = [];
  const missing = marks.missing();
  if (missing > 0) notes.push(`uids of the truth that are in none of the logs: ${missing}`);
  if (attack === 0) {
    if (truth === undefined && !marks.isLabelled()) {
      throw new ExpectedError(
        "labels-format",
        "the logs have no label column, so there is nothing to compare with; give --truth FILE, lines of uid,label",
        { file: inputs[0]! },
      );
    }
    notes.push("no row is an attack: only false alarms can be counted");
  }
  const { network } = bundle.manifest.calibration;
  const raw = await networkScores(bundle.network, matrix, stage);
  const alone = { pValue: raw.map((score) => pValueOf(network, score)), score: raw, incidents: null };
  const { traffic } = bundle.manifest;
  const { fit, sensor } = scored.summary();
  return {
    report: {
      scenario: inputs.join(" "),
      rows: {
        train: traffic.rows.train + traffic.rows.validation,
        calibrate: traffic.rows.test,
        test_normal: test.truth.length - attack,
        attack,
      },
      product: figuresOfProduct(test, [product.finish(test)], rates),
      detectors: { autoencoder: figuresOfProduct(test, [alone], rates) },
      fit,
      sensor,
    },
    notes,
    warnings: scored.warnings(),
  };
}

/** The model's features, from the memory that it has of its training. */
function extractorOf({ manifest: { preset, without }, baseline, memory }: Bundle): Extractor {
  return openExtractor(preset, decodeBaseline(baseline), decodeMemory(memory).extractor, { without });
}

function append(matrix: MatrixStore, extractor: Extractor, batch: Batch): void {
  const values = new Float32Array(batch.rows * extractor.width);
  extractor.fill(values, batch);
  matrix.append(values);
}
