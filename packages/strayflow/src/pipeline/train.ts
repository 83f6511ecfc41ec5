import { program } from "../base/program.ts";
import type { StageOptions } from "../base/stage.ts";
import { scoreThreshold } from "../detect/judge.ts";
import type { Preset } from "../features/index.ts";
import { checkModelTarget, saveBundle } from "../model/bundle.ts";
import { modelFormat, type Manifest } from "../model/manifest.ts";
import { BatchSpool, readConnections, type ReadTally, type Reject } from "../zeek/index.ts";
import { learn, type Learned, type LearnOptions } from "./learn.ts";
import { usualOptions } from "./usual-options.ts";
import { splitRows, type PartName, type Split } from "./split.ts";
import type { TrainingView } from "./training-view.ts";

/** What is not given is as usual for the preset; epochs or patience, where given, take the place of a fixed schedule. */
export interface TrainOptions extends Given<Omit<LearnOptions, "preset" | "seed">> {
  readonly preset: Preset;
  readonly seed: number;
  readonly inputs: readonly string[];
  readonly modelDir: string;
  /** Incidents a day that scoring keeps to where it is told nothing else. */
  readonly budgetPerDay?: number | undefined;
  readonly split: Split["kind"];
  readonly shares: Split["shares"];
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
  /** Told once what was read, before the learning begins. */
  readonly onRead?: ((tally: ReadTally) => void) | undefined;
  /** Makes the page that stands beside the model as report.html; none where absent. */
  readonly report?: ((training: TrainingFacts) => Promise<string>) | undefined;
}

/** What a report on a training is made from. */
export interface TrainingFacts {
  readonly manifest: Omit<Manifest, "files">;
  readonly view: TrainingView;
  readonly tally: ReadTally;
}

type Given<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** What `train --json` prints. Times in seconds. */
export interface TrainSummary {
  readonly model: string;
  readonly preset: Preset;
  readonly rows: { readonly read: number; readonly rejected: number } & Readonly<Record<PartName, number>>;
  readonly features: number;
  readonly parameters: number;
  readonly epochs: number;
  readonly loss: Readonly<Record<PartName | "untrained" | "pca", number>>;
  /** Score from which a connection is flagged at p = 0.001. */
  readonly threshold: number;
  /** What the logs held beside ordinary traffic, and how many of the connections were left out for it. */
  readonly audit: Manifest["audit"];
  readonly seconds: {
    readonly read: number;
    readonly features: number;
    readonly fit: number;
    readonly calibrate: number;
    readonly total: number;
  };
  readonly peak_rss_bytes: number;
}

/** Reads logs once, learns a model from them and writes its directory. */
export async function trainModel(options: TrainOptions, stage: StageOptions = {}): Promise<TrainSummary> {
  const started = performance.now();
  await checkModelTarget(options.modelDir);
  const chosen = chooseOptions(options);
  await using spool = new BatchSpool({ memoryBytes: chosen.memoryBytes / 5 });
  const reader = readConnections(options.inputs, {
    ...stage,
    onReject: options.onReject,
    stdin: options.stdin,
  });
  for await (const batch of reader) spool.append(batch);
  options.onRead?.(reader.tally);
  const read = (performance.now() - started) / 1000;

  const split: Split = { kind: options.split, shares: options.shares };
  const partOf = splitRows(spool.rows, split, options.seed);
  const dealAgain = (rows: number) => splitRows(rows, split, options.seed);
  const keepView = options.report && { budgetPerDay: options.budgetPerDay };
  const learned = await learn(spool, partOf, { ...chosen, dealAgain, keepView }, stage);
  const manifest = manifestOf(options, split, reader.tally, learned);
  const { network, baseline, memory } = learned;
  const report =
    learned.view && (await options.report?.({ manifest, view: learned.view, tally: reader.tally }));
  await saveBundle(options.modelDir, { manifest, network, baseline, memory }, report);

  const { loss, network: facts, traffic, calibration } = manifest;
  return {
    model: options.modelDir,
    preset: options.preset,
    rows: traffic.rows,
    features: manifest.features.length,
    parameters: facts.parameters,
    epochs: facts.epochs,
    loss: {
      train: loss.train,
      validation: loss.validation,
      test: loss.test,
      untrained: loss.untrained,
      pca: loss.pca,
    },
    threshold: scoreThreshold(calibration, 0.001),
    audit: manifest.audit,
    seconds: { read, ...learned.seconds, total: (performance.now() - started) / 1000 },
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
  };
}

function chooseOptions(given: TrainOptions): LearnOptions {
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const usual = usualOptions(given.preset);
  const steps = given.epochs === undefined && given.patience === undefined ? usual.steps : undefined;
  return { ...usual, seed: given.seed, steps, ...named };
}

/** What the manifest says of a model that was learned from these logs; only the hashes of its files are missing. */
export function manifestOf(
  options: Pick<TrainOptions, "preset" | "without" | "budgetPerDay">,
  split: Split,
  tally: Pick<ReadTally, "files" | "rows" | "rejected" | "columns">,
  learned: Learned,
): Omit<Manifest, "files"> {
  return {
    format: modelFormat,
    program,
    preset: options.preset,
    without: [...(options.without ?? [])],
    traffic: {
      files: tally.files,
      from: learned.from,
      to: learned.to,
      rows: { read: tally.rows, rejected: tally.rejected, ...learned.rows },
      columns: [...tally.columns],
    },
    split,
    budgetPerDay: options.budgetPerDay,
    ...learned.facts,
  };
}
