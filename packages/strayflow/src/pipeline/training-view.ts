import type { StageOptions } from "../base/stage.ts";
import { evenlySpread, Scorer, type EpochRecord, type TrainedAutoencoder } from "../autoencoder/index.ts";
import { scoreAt } from "../detect/calibration.ts";
import { cutWithinBudget, type IncidentRates } from "../detect/incident-rates.ts";
import type { JudgeCalibration } from "../detect/judge.ts";
import { Reasons } from "../detect/reason.ts";
import type { Extractor } from "../features/index.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Batch } from "../zeek/index.ts";
import { FeatureFit, type FeatureQuality } from "./feature-fit.ts";
import type { Parts } from "./parts.ts";
import { shownConnection, type ShownConnection } from "./shown-connection.ts";
import { binned, logEdges } from "./log-bins.ts";
import { partNames, type PartName, type PartOfRow } from "./split.ts";

/** What a person may want to see of a training beside the manifest. Bounded, whatever the number of rows. */
export interface TrainingView {
  /** One a network, in their order. */
  readonly members: readonly { readonly curve: readonly EpochRecord[]; readonly bestEpoch: number }[];
  readonly scores: ScoreHistogram;
  readonly thresholds: readonly ThresholdView[];
  /** How rare the held-back rows are found: `counts[i]` of them are one in `edges[i]` to `edges[i + 1]`. */
  readonly rarities: { readonly edges: readonly number[]; readonly counts: readonly number[] };
  readonly heldBackRows: number;
  /** How the columns of rows that were never learned from are reconstructed, in the order of the matrix. */
  readonly features: readonly FeatureQuality[];
  /** Rows that `features` was measured on. */
  readonly measuredRows: number;
  /** Starts of the earliest and the latest connection of each part, seconds since 1970. */
  readonly spans: Readonly<Record<PartName, Span>>;
  /** The connection of the test part whose score is in the middle, and the one with the highest. */
  readonly typical: ExampleView | undefined;
  readonly strangest: ExampleView | undefined;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The networks' scores on a logarithmic scale; `zeros` are rows at or below 0. */
export interface ScoreHistogram {
  readonly edges: readonly number[];
  readonly counts: Readonly<Record<PartName, readonly number[]>>;
  readonly zeros: number;
  /** Rows of each part that were scored for it: all of validation and test, of the training part at most a sample. */
  readonly rows: Readonly<Record<PartName, number>>;
}

/** A p-value at which connections are flagged. */
export interface ThresholdView {
  readonly pValue: number;
  /** Where it is what a budget of incidents stands for. */
  readonly perDay?: number | undefined;
  /** The networks' score that normal traffic equals that often. */
  readonly networkScore: number;
  /** Held-back rows that would be flagged. */
  readonly flagged: number;
}

/** One connection as the networks see it. */
export interface ExampleView {
  readonly connection: ShownConnection;
  readonly score: number;
  readonly reasons: readonly string[];
  /** One a feature. */
  readonly features: readonly {
    readonly id: string;
    /** Raw value, and what the networks make of it. */
    readonly value: number;
    readonly reconstruction: number;
    /** About 1 on normal traffic. */
    readonly error: number;
    /** Value and reconstruction in plain units. */
    readonly text: string;
  }[];
}

/** Rows of the training and of the test part that are run through the networks once more. */
const SAMPLE_ROWS = 8192;
const BLOCK_ROWS = 2048;

/** Stands by while a model is calibrated and keeps what a report shows of it. */
export class TrainingWitness {
  readonly #parts: Parts;
  readonly #partOf: PartOfRow;
  readonly #budgetPerDay: number | undefined;
  readonly #from = [Infinity, Infinity, Infinity];
  readonly #to = [-Infinity, -Infinity, -Infinity];
  #row = 0;
  #testRow = 0;
  /** Rows of the test part by their place in it. */
  #typicalAt = -1;
  #strangestAt = -1;
  #typical: ShownConnection | undefined;
  #strangest: ShownConnection | undefined;
  #scores: Readonly<Record<"validation" | "test", Float32Array>> | undefined;
  #judged: Pick<TrainingView, "rarities" | "heldBackRows" | "thresholds"> | undefined;

  constructor(parts: Parts, partOf: PartOfRow, budgetPerDay: number | undefined) {
    this.#parts = parts;
    this.#partOf = partOf;
    this.#budgetPerDay = budgetPerDay;
  }

  /** Takes the networks' scores of the parts; before any batch. */
  scored(scores: Readonly<Record<"validation" | "test", Float32Array>>): void {
    const { test } = scores;
    const sorted = test.toSorted();
    this.#typicalAt = test.indexOf(sorted[sorted.length >> 1]!);
    this.#strangestAt = test.indexOf(sorted.at(-1)!);
    this.#scores = scores;
  }

  /** Takes the next batch of the stream. */
  see(batch: Batch): void {
    for (let row = 0; row < batch.rows; row++) {
      const part = this.#partOf(this.#row++);
      const ts = batch.ts[row]!;
      if (ts < this.#from[part]!) this.#from[part] = ts;
      if (ts > this.#to[part]!) this.#to[part] = ts;
      if (part !== 2) continue;
      const at = this.#testRow++;
      if (at === this.#typicalAt) this.#typical = shownConnection(batch, row);
      if (at === this.#strangestAt) this.#strangest = shownConnection(batch, row);
    }
  }

  /** Takes the p-values of the rows that say what is rare. */
  judged(pValues: Float64Array, calibration: JudgeCalibration, incidentRates: IncidentRates): void {
    const budget =
      this.#budgetPerDay === undefined
        ? []
        : [
            {
              pValue: cutWithinBudget(incidentRates, this.#budgetPerDay).pValue,
              perDay: this.#budgetPerDay,
            },
          ];
    const cuts: readonly { readonly pValue: number; readonly perDay?: number }[] = [
      { pValue: 0.01 },
      { pValue: 0.001 },
      ...budget,
    ];
    const inverse = pValues.map((p) => 1 / p);
    const edges = logEdges([inverse]);
    this.#judged = {
      rarities: { edges, counts: binned(inverse, edges) },
      heldBackRows: pValues.length,
      thresholds: cuts.map((cut) => ({
        ...cut,
        networkScore: scoreAt(calibration.network, cut.pValue),
        flagged: pValues.reduce((sum, p) => sum + (p <= cut.pValue ? 1 : 0), 0),
      })),
    };
  }

  /** Runs some rows through the networks once more and tells everything. */
  async finish(
    {
      network,
      trained,
      extractor,
      features,
      rarities,
    }: {
      readonly network: Uint8Array;
      readonly trained: readonly TrainedAutoencoder[];
      readonly extractor: Extractor;
      readonly features: Manifest["features"];
      readonly rarities: Manifest["rarities"];
    },
    { signal }: StageOptions = {},
  ): Promise<TrainingView> {
    const scorer = await Scorer.open(network);
    try {
      const fit = new FeatureFit(features, trained[0]!.network.scaler.clip);
      const trainScores: Float32Array[] = [];
      await runSample(scorer, this.#parts.train, signal, (_block, { score }) => trainScores.push(score));
      await runSample(scorer, this.#parts.test, signal, (block, scored) => fit.add(block, scored));
      const reasons = new Reasons(extractor.columns, {
        families: extractor.families,
        ranges: features,
        rarities,
      });
      const example = async (at: number, connection: ShownConnection | undefined) => {
        if (connection === undefined) return undefined;
        const values = new Float32Array(extractor.width);
        this.#parts.test.read(at, 1, values);
        const { reconstruction, errors, score } = await scorer.run(values, 1);
        return {
          connection,
          score: score[0]!,
          reasons: reasons.of(0, { values, usual: reconstruction, errors }).map(({ text }) => text),
          features: extractor.columns.map(({ id, explain }, column) => ({
            id,
            value: values[column]!,
            reconstruction: reconstruction[column]!,
            error: errors[column]!,
            text: explain(values[column]!, reconstruction[column]!),
          })),
        };
      };
      return {
        members: trained.map(({ curve, bestEpoch }) => ({ curve, bestEpoch })),
        scores: scoreHistogram({
          train: concatenated(trainScores),
          validation: this.#scores?.validation ?? none,
          test: this.#scores?.test ?? none,
        }),
        ...(this.#judged ?? { rarities: { edges: [], counts: [] }, heldBackRows: 0, thresholds: [] }),
        features: fit.qualities(),
        measuredRows: fit.rows,
        spans: Object.fromEntries(
          partNames.map((name, part) => [name, { from: this.#from[part]!, to: this.#to[part]! }]),
        ) as Record<PartName, Span>,
        typical: await example(this.#typicalAt, this.#typical),
        strangest: await example(this.#strangestAt, this.#strangest),
      };
    } finally {
      await scorer.close();
    }
  }
}

const none = new Float32Array(0);

async function runSample(
  scorer: Scorer,
  part: Parts[PartName],
  signal: AbortSignal | undefined,
  visit: (block: Float32Array, scored: Awaited<ReturnType<Scorer["run"]>>) => void,
): Promise<void> {
  const sample = evenlySpread(part, SAMPLE_ROWS);
  const block = new Float32Array(Math.min(BLOCK_ROWS, sample.rows) * sample.width);
  for (let start = 0; start < sample.rows; start += BLOCK_ROWS) {
    signal?.throwIfAborted();
    const count = Math.min(BLOCK_ROWS, sample.rows - start);
    sample.read(start, count, block);
    visit(block, await scorer.run(block, count));
  }
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

function scoreHistogram(scores: Readonly<Record<PartName, Float32Array>>): ScoreHistogram {
  const edges = logEdges(partNames.map((name) => scores[name]));
  const of = <T>(value: (scores: Float32Array) => T) =>
    Object.fromEntries(partNames.map((name) => [name, value(scores[name])])) as Record<PartName, T>;
  return {
    edges,
    counts: of((values) => binned(values, edges)),
    zeros: partNames.reduce(
      (sum, name) => sum + scores[name].reduce((zeros, value) => zeros + (value > 0 ? 0 : 1), 0),
      0,
    ),
    rows: of(({ length }) => length),
  };
}
