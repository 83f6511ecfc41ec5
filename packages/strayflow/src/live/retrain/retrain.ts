import type { StageOptions } from "../../base/stage.ts";
import { loadBundle, saveBundle } from "../../model/bundle.ts";
import type { Manifest } from "../../model/manifest.ts";
import {
  describeVersion,
  removeVersion,
  tidyVersions,
  useVersion,
  versionPlace,
} from "../../model/versions.ts";
import { learn, type LearnOptions } from "../../pipeline/learn.ts";
import { splitRows } from "../../pipeline/split.ts";
import { manifestOf, type TrainingFacts } from "../../pipeline/train.ts";
import { usualOptions } from "../../pipeline/usual-options.ts";
import type { StoredIncident } from "../../store/index.ts";
import { BatchSpool, type Batch, type ReadTally } from "../../zeek/index.ts";
import { compareTrials, type Comparison } from "./compare-trials.ts";
import { LeftOutHosts, spansOf } from "./left-out-hosts.ts";
import { cutRecent } from "./recent-rows.ts";
import { tryModel } from "./try-model.ts";

export interface RetrainOptions {
  /** The model in use: the champion. */
  readonly modelDir: string;
  /** Hands over recent traffic in the stream's order, and says how the reading went. */
  readonly read: (use: (batch: Batch) => void) => Promise<ReadTally>;
  /** Whose hosts are not learned from, at their times; the confirmed ones are looked for on the held-back day. */
  readonly suspects: readonly StoredIncident[];
  /** So many days before the last connection. */
  readonly days: number;
  readonly pValue?: number | undefined;
  readonly budgetPerDay?: number | undefined;
  /** Never swaps, swaps whatever comes out, or swaps where the challenger is not worse. */
  readonly swap: "never" | "always" | "if-not-worse";
  /** In place of what the champion was trained with. */
  readonly learn?: Partial<LearnOptions> | undefined;
  /** A further judgement of both models, by their directories; the challenger's faults beside the champion. */
  readonly alsoCompare?: ((champion: string, challenger: string) => Promise<readonly string[]>) | undefined;
  readonly report?: ((training: TrainingFacts) => Promise<string>) | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** What came of it; plain data. */
export interface Retrained extends Comparison {
  /** Where the challenger is kept; absent where it is the model in use now. */
  readonly challengerDir?: string | undefined;
  /** Connections that were read, learned from, left out with their hosts, and held back. */
  readonly rows: {
    readonly read: number;
    readonly training: number;
    readonly leftOut: number;
    readonly heldBack: number;
  };
  readonly leftOutHosts: number;
  /** Of the held-back day, seconds since 1970. */
  readonly heldBack: { readonly from: number; readonly to: number };
  readonly isSwapped: boolean;
  /** Name under which the model is kept that was in use before. */
  readonly previous?: string | undefined;
}

/**
 * Trains a challenger with the champion's settings on recent traffic, has both score a day that the challenger has not seen, and
 * swaps them where that was asked for. The challenger, or the model that it replaces, is kept beside the model with its figures.
 *
 * Throws as `loadBundle`, `learn` and reading do; the model in use then stays as it is.
 */
export async function retrain(options: RetrainOptions, stage: StageOptions = {}): Promise<Retrained> {
  const { modelDir, read, suspects, days, pValue, budgetPerDay, swap, now = Date.now } = options;
  const { manifest: champion } = await loadBundle(modelDir);
  const chosen = { ...settingsOf(champion), ...options.learn };
  await using spool = new BatchSpool({ memoryBytes: chosen.memoryBytes / 5 });
  const tally = await read((batch) => spool.append(batch));
  const spans = spansOf(suspects);
  const hosts = new LeftOutHosts(spans);
  const recent = await cutRecent(spool, hosts, days, stage.signal);

  const { seed, preset } = chosen;
  const { split } = champion;
  const deal = (rows: number) => splitRows(rows, split, seed);
  const keepView = options.report && { budgetPerDay: champion.budgetPerDay };
  const learned = await learn(
    recent.training,
    deal(recent.training.rows),
    { ...chosen, dealAgain: deal, keepView },
    stage,
  );
  const facts = { preset, without: chosen.without ?? [], budgetPerDay: champion.budgetPerDay };
  const manifest = manifestOf(facts, split, { ...tally, rows: recent.training.rows }, learned);
  const place = await versionPlace(modelDir, "challenger", now());
  const { network, baseline, memory } = learned;
  const report = learned.view && (await options.report?.({ manifest, view: learned.view, tally }));
  await saveBundle(place.directory, { manifest, network, baseline, memory }, report);

  const confirmed = spansOf(suspects.filter(({ status }) => status === "confirmed"));
  const trial = { rows: recent, pValue, budgetPerDay, confirmed };
  const compared = compareTrials(
    await tryModel({ ...trial, modelDir, warmUp: true }),
    await tryModel({ ...trial, modelDir: place.directory, warmUp: false }),
    (await options.alsoCompare?.(modelDir, place.directory)) ?? [],
  );
  const isSwapped = swap === "always" || (swap === "if-not-worse" && compared.worse.length === 0);
  const result = {
    ...compared,
    rows: {
      read: spool.rows,
      training: recent.training.rows,
      leftOut: recent.leftOut,
      heldBack: recent.heldBack.rows,
    },
    leftOutHosts: hosts.hosts,
    heldBack: { from: recent.heldBack.from, to: recent.heldBack.to },
    isSwapped,
  };
  await describeVersion(modelDir, place.name, { kind: "challenger", since: now(), ...result });
  if (!isSwapped) {
    await tidyVersions(modelDir, KEPT);
    return { ...result, challengerDir: place.directory };
  }
  const previous = await useVersion(modelDir, place.directory, now());
  await removeVersion(place.directory);
  if (previous !== undefined)
    await describeVersion(modelDir, previous, { kind: "previous", since: now(), ...result });
  await tidyVersions(modelDir, KEPT);
  return { ...result, previous };
}

/** Trained as the champion was; what depends on how much traffic there is, as `train` would choose it. */
function settingsOf({ preset, without, network }: Manifest): LearnOptions {
  const { layers, activation, batch, learningRate, patience, steps, dropout, noise, members, seed } = network;
  const usual = usualOptions(preset);
  return {
    ...usual,
    without,
    layers,
    activation: activation as LearnOptions["activation"],
    batch,
    learningRate,
    patience,
    dropout,
    noise,
    members,
    seed,
    steps: steps === 0 ? undefined : (usual.steps ?? steps),
  };
}

/** Of each kind. */
const KEPT = 5;
