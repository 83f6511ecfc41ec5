import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../packages/strayflow/src/base/program.ts";
import type { ScoreSummary } from "../../packages/strayflow/src/pipeline/score.ts";
import type { TrainSummary } from "../../packages/strayflow/src/pipeline/train.ts";
import type { FeaturesProbe, FeatureTimes } from "../probes/features.ts";
import type { NetworkProbe, NetworkTimes } from "../probes/network.ts";
import type { ReadProbe, ReadTimes } from "../probes/read.ts";
import { runProbe, runStrayflow } from "./child.ts";
import { runPeer, type Peer } from "./pythons.ts";
import { summarize } from "./samples.ts";

/** What everyone in the comparison is given. */
export interface Task {
  /** One .gz. */
  readonly log: string;
  /** A .npy file. */
  readonly matrix: string;
  /** Where models and results may be written. */
  readonly directory: string;
}

/** Seconds of each step, measured warm in a process of its own. */
interface StepTimes {
  readonly read: number;
  readonly features: number;
  readonly epoch: number;
  readonly matrix: number;
}

/** A whole run: seconds from the start of its process to the end. */
export interface WholeRun {
  readonly seconds: number;
  readonly peakBytes: number;
}

/** A program that does the whole job. */
export interface Contestant {
  /** Heads its column. */
  readonly name: string;
  /** With versions. */
  readonly description: string;
  steps(): Promise<StepTimes>;
  /** From a log to a saved model, in exactly `epochs` epochs. */
  train(epochs: number): Promise<WholeRun>;
  /** From a log to a file of flagged connections, with the model of the last training. */
  score(): Promise<WholeRun>;
}

/** Within one process a step is measured so often, and the median taken. */
const REPEATS = 3;

const readProbe = new URL("../probes/read.ts", import.meta.url);
const featuresProbe = new URL("../probes/features.ts", import.meta.url);
const networkProbe = new URL("../probes/network.ts", import.meta.url);

/** Strayflow, which also says how many epochs its training took, for the others to take as many. */
export function strayflowContestant({ log, matrix, directory }: Task): Contestant & {
  trainUntilItStops(mostEpochs: number | undefined): Promise<WholeRun & { readonly epochs: number }>;
} {
  const model = join(directory, "strayflow");
  const trainWords = ["train", log, "--model", model, "--preset", "seed", "--split", "random"];
  const train = async (epochWords: readonly string[]) => {
    const { seconds, result } = await runStrayflow<TrainSummary>([...trainWords, ...epochWords]);
    return { seconds, peakBytes: result.peak_rss_bytes, epochs: result.epochs };
  };
  return {
    name: "strayflow",
    description: `${program.name} ${program.version}`,
    async steps() {
      const inputs = [log];
      const reading: ReadProbe = { inputs, repeats: REPEATS, zcat: false };
      const preparing: FeaturesProbe = { inputs, preset: "seed", repeats: REPEATS };
      const fitting: NetworkProbe = { matrix, memoryBytes: 4e9, repeats: REPEATS, score: true };
      const read = await runProbe<ReadTimes>(readProbe, reading);
      const prepared = await runProbe<FeatureTimes>(featuresProbe, preparing);
      const fitted = await runProbe<NetworkTimes>(networkProbe, fitting);
      return {
        read: median(read.seconds),
        features: median(prepared.learn.map((seconds, i) => seconds + prepared.fill[i]!)),
        epoch: median(fitted.epoch),
        matrix: median(fitted.score),
      };
    },
    train: (epochs) => train(["--epochs", String(epochs), "--patience", String(epochs)]),
    trainUntilItStops: (most) => train(most === undefined ? [] : ["--epochs", String(most)]),
    async score() {
      const out = join(directory, "strayflow.csv");
      const words = ["score", log, "--model", model, "--format", "csv", "--out", out];
      const { seconds, result } = await runStrayflow<ScoreSummary>(words);
      return { seconds, peakBytes: result.peak_rss_bytes };
    },
  };
}

/** pandas, scikit-learn and a framework. Where its own choice of threads is slower than one thread, it gets one. */
export function peerContestant(peer: Peer, { log, matrix, directory }: Task): Contestant {
  const model = join(directory, peer.framework);
  mkdirSync(model, { recursive: true });
  const script = `with_${peer.framework}.py`;
  let threads: number | undefined;
  const whole = async (words: readonly string[]): Promise<WholeRun> => {
    const run = await runPeer<{ readonly peak_rss_bytes: number }>(peer, script, words, threads);
    return { seconds: run.wallSeconds, peakBytes: run.peak_rss_bytes };
  };
  return {
    name: peer.name,
    description: peer.versions,
    async steps() {
      const stack = await runPeer<{
        readonly read: readonly number[];
        readonly preprocess: readonly number[];
      }>(peer, "seed_stack.py", [log, String(REPEATS)]);
      const network = async (count: number | undefined) => {
        const words = ["network", matrix, String(REPEATS)];
        const times = await runPeer<{ readonly epoch: readonly number[]; readonly score: readonly number[] }>(
          peer,
          script,
          words,
          count,
        );
        return { epoch: median(times.epoch), matrix: median(times.score) };
      };
      const [own, one] = [await network(undefined), await network(1)];
      threads = one.epoch < own.epoch ? 1 : undefined;
      return {
        read: median(stack.read),
        features: median(stack.preprocess),
        epoch: Math.min(own.epoch, one.epoch),
        matrix: Math.min(own.matrix, one.matrix),
      };
    },
    train: (epochs) => whole(["train", log, model, String(epochs)]),
    score: () => whole(["score", log, model, join(directory, `${peer.framework}.csv`)]),
  };
}

function median(seconds: readonly number[]): number {
  return summarize(seconds).median;
}
