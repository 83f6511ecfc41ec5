import { ExpectedError } from "../base/errors.ts";
import { program } from "../base/program.ts";
import type { StageOptions } from "../base/stage.ts";
import {
  buildScoringModel,
  eachBlock,
  measureNormalErrors,
  type Activation,
  type NormalErrors,
  type TrainedAutoencoder,
} from "../autoencoder/index.ts";
import { Distance } from "../detect/distance.ts";
import type { NormalExamples } from "../detect/reason-neighbours.ts";
import type { ValueRarities } from "../detect/reason-rarity.ts";
import { knownPairs, type KnownTraffic } from "../detect/detectors/known-pairs.ts";
import { openJudge, withoutHistory, type JudgeMemory } from "../detect/judge.ts";
import {
  encodeBaseline,
  learnBaseline,
  openExtractor,
  type Baseline,
  type Extractor,
  type Preset,
} from "../features/index.ts";
import { behaviorKey } from "../features/behavior/index.ts";
import { LevelCount } from "../model/column-levels.ts";
import type { ColumnRange } from "../model/column-ranges.ts";
import type { Manifest } from "../model/manifest.ts";
import type { TrafficNorms } from "../model/traffic-norms.ts";
import type { Batch } from "../zeek/index.ts";
import { calibrate } from "./calibrate.ts";
import { describeNetwork } from "./describe-network.ts";
import { leaveOut, type AuditReport, type ExclusionOptions } from "./leave-out.ts";
import { encodeMemory, hearsHosts } from "./memory.ts";
import { extractInto, learnRarities, openParts, type Parts } from "./parts.ts";
import { partNames, type PartName, type PartOfRow } from "./split.ts";
import { errorCap, trainMembers } from "./train-members.ts";
import { TrainingWitness, type TrainingView } from "./training-view.ts";

/** Rows that can be run through again and again, in one order. */
export interface ReplayableRows {
  readonly rows: number;
  replay(): AsyncIterable<Batch>;
}

/** What is learned, and how. */
export interface LearnOptions extends ExclusionOptions {
  readonly preset: Preset;
  readonly layers: readonly number[];
  readonly activation: Activation;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly patience: number;
  /** At least so many steps with a rate that falls to zero, in place of epochs and patience; more where there are more rows. */
  readonly steps?: number | undefined;
  readonly dropout: number;
  readonly noise: number;
  /** Learning-rate cut after so many epochs without improvement; 0 for none. */
  readonly plateau: number;
  /** Networks that score together, by the mean of their errors. */
  readonly members: number;
  readonly seed: number;
  readonly memoryBytes: number;
  /** Feature families to leave out. */
  readonly without?: readonly string[];
  /** Share of the training rows that a first, short fit explains worst, and that are left out of the real one; default 0. */
  readonly trim?: number | undefined;
  /** Each network learns from so many rows drawn at random; all where absent. */
  readonly sampleRows?: number | undefined;
  /** Whether to build also what would score if training had not taken place, for comparison. */
  readonly keepUntrained?: boolean | undefined;
  /** Whether to keep what a person may want to see of the training, held against a budget of incidents where there is one. */
  readonly keepView?: { readonly budgetPerDay?: number | undefined } | undefined;
}

/** Everything of a model but where its rows came from. */
export interface Learned {
  readonly network: Uint8Array;
  /** The same with the weights that training began with; where it was asked for. */
  readonly untrained: Uint8Array | undefined;
  readonly baseline: Uint8Array;
  /** What extractor and judge remember at the end of the stream. */
  readonly memory: Uint8Array;
  readonly facts: Pick<
    Manifest,
    | "features"
    | "network"
    | "loss"
    | "curve"
    | "calibration"
    | "norms"
    | "rarities"
    | "incidentRates"
    | "audit"
  >;
  /** Where it was asked for. */
  readonly view: TrainingView | undefined;
  /** Rows of each part. */
  readonly rows: Readonly<Record<PartName, number>>;
  /** Earliest and latest start of a connection, seconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly seconds: { readonly features: number; readonly fit: number; readonly calibrate: number };
}

/** Fewer rows than this in the smallest part teach nothing and calibrate nothing. */
export const leastPartRows = 10;

/**
 * Learns a model from a stream of rows that are dealt to three parts: vocabularies, rarities and the network from the
 * first, when to stop from the second, what is rare from the third, which nothing else has seen.
 * Features and detectors run over the whole stream in its order, as they do when scoring.
 */
export async function learn(
  source: ReplayableRows,
  partOf: PartOfRow,
  options: LearnOptions,
  stage: StageOptions = {},
): Promise<Learned> {
  using prepared = await prepare(source, partOf, options, stage);
  return await learnPrepared(prepared, options, stage);
}

/** What a stream gives before any network is trained, the same for every seed. Whoever opens it closes it. */
export interface Prepared extends Disposable {
  readonly source: ReplayableRows;
  readonly partOf: PartOfRow;
  readonly audit: AuditReport;
  readonly preset: Preset;
  readonly baseline: Baseline;
  readonly known: KnownTraffic;
  /** At the end of the stream. */
  readonly extractor: Extractor;
  /** Its hosts have no history yet: that depends on what a network makes of them. */
  readonly judge: JudgeMemory | undefined;
  /** The feature matrix of each part, and the detectors' statistics of the rows that are held back from training. */
  readonly parts: Parts;
  readonly ranges: readonly ColumnRange[];
  /** How far the columns of the held-back rows are from those of the training rows. */
  readonly drift: readonly number[];
  /** Some of the training rows with their features, and how common values are in rows that were held back. */
  readonly examples: NormalExamples;
  readonly rarities: ValueRarities;
  readonly norms: TrafficNorms;
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

/** The first half of `learn`: baseline, feature matrices and statistics. */
export async function prepare(
  all: ReplayableRows,
  partOfAll: PartOfRow,
  options: LearnOptions,
  stage: StageOptions = {},
): Promise<Prepared> {
  const lap = stopwatch();
  const { preset } = options;
  const { source, partOf, report: audit } = await leaveOut(all, partOfAll, options, stage);
  const { baseline, known } = await learnFrom(source, preset, partOf, stage);
  const extractor = openExtractor(preset, baseline, undefined, { without: options.without ?? [] });
  const judge = hearsHosts(preset) ? openJudge(baseline.get(behaviorKey), known) : undefined;
  const parts = openParts(extractor.width, judge, options);
  try {
    const { ranges, norms, examples, from, to } = await extractInto(
      parts,
      source,
      { extractor, judge, partOf, seed: options.seed },
      stage,
    );
    for (const name of partNames) {
      if (parts[name].rows < leastPartRows) throw tooFewRows(name, parts[name].rows, source.rows);
    }
    const levels = new LevelCount(ranges);
    await eachBlock(parts.test, (block, count) => levels.add(block, count), stage);
    const drift = levels.shifts();
    const rarities = await learnRarities(parts, extractor, options.seed, stage);
    const facts = {
      source,
      partOf,
      audit,
      drift,
      norms,
      examples,
      rarities,
      preset,
      baseline,
      known,
      extractor,
      judge,
      parts,
      ranges,
      from,
      to,
      seconds: lap(),
    };
    return { ...facts, [Symbol.dispose]: () => parts[Symbol.dispose]() };
  } catch (error) {
    parts[Symbol.dispose]();
    throw error;
  }
}

/** The second half of `learn`: trains and calibrates. Can be run again with another seed or other options of the network. */
export async function learnPrepared(
  prepared: Prepared,
  options: LearnOptions,
  stage: StageOptions = {},
): Promise<Learned> {
  const { source, partOf, baseline, known, extractor, parts, ranges } = prepared;
  const judge = prepared.judge && withoutHistory(prepared.judge, baseline.get(behaviorKey), parts.train.rows);
  const lap = stopwatch();
  const trained = await trainMembers(parts, options, stage);
  const fit = lap();

  const scoring = await withNormalErrors(
    trained.map((member) => member.network),
    parts,
    stage,
  );
  const scoringOptions = {
    cap: errorCap,
    featureNames: extractor.columns.map(({ id }) => id),
    metadata: { program: `${program.name} ${program.version}`, preset: options.preset },
  };
  const network = buildScoringModel(scoring, scoringOptions);
  // With a fixed schedule nothing was decided on the second part, so it can say what is rare as well.
  const heldBack = options.steps === undefined ? [2] : [1, 2];
  const facts = describeNetwork(options, parts.train.rows, {
    extractor,
    ranges,
    trained,
    normal: scoring[0]!.normal,
    drift: prepared.drift,
  });
  const distance = new Distance(facts.features);
  const witness = options.keepView && new TrainingWitness(parts, partOf, options.keepView.budgetPerDay);
  const calibrated = await calibrate(
    source,
    { network, distance, parts, partOf, judge, heldBack, witness },
    stage,
  );
  const view = await witness?.finish(
    { network, trained, extractor, features: facts.features, rarities: prepared.rarities },
    stage,
  );
  const untrained = options.keepUntrained
    ? buildScoringModel(
        await withNormalErrors(
          trained.map((member) => member.untrained),
          parts,
          stage,
        ),
        scoringOptions,
      )
    : undefined;
  return {
    network,
    untrained,
    view,
    baseline: encodeBaseline(baseline),
    memory: encodeMemory({ known, extractor: extractor.saveState(), examples: prepared.examples, judge }),
    facts: {
      ...facts,
      ...calibrated,
      norms: prepared.norms,
      rarities: prepared.rarities,
      audit: prepared.audit,
    },
    rows: { train: parts.train.rows, validation: parts.validation.rows, test: parts.test.rows },
    from: prepared.from,
    to: prepared.to,
    seconds: { features: prepared.seconds, fit, calibrate: lap() },
  };
}

type ScoringNetwork = { readonly network: TrainedAutoencoder["network"]; readonly normal: NormalErrors };

async function withNormalErrors(
  networks: readonly ScoringNetwork["network"][],
  parts: Parts,
  stage: StageOptions,
): Promise<ScoringNetwork[]> {
  const scoring: ScoringNetwork[] = [];
  for (const network of networks) {
    scoring.push({ network, normal: await measureNormalErrors(network, parts.train, stage) });
  }
  return scoring;
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

function tooFewRows(part: PartName, rows: number, all: number): ExpectedError {
  return new ExpectedError(
    "too-few-rows",
    `the ${part} part has ${rows} of the ${all} connections; training needs at least ${leastPartRows} in each part`,
  );
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
