import {
  buildScoringModel,
  MatrixStore,
  Scorer,
  measureNormalErrors,
  rowRange,
} from "../../packages/strayflow/src/autoencoder/index.ts";
import type { Network } from "../../packages/strayflow/src/autoencoder/index.ts";
import { initialWeights } from "../../packages/strayflow/src/autoencoder/network.ts";
import { fitScaler } from "../../packages/strayflow/src/autoencoder/scaler.ts";
import { StepRunner } from "../../packages/strayflow/src/autoencoder/step-runner.ts";
import { defaultTraining } from "../../packages/strayflow/src/autoencoder/training-options.ts";
import { seededRandom } from "../../packages/strayflow/src/base/random.ts";
import { openNpy } from "../support/npy.ts";
import { runsAsProbe } from "../support/probe.ts";

export interface NetworkProbe {
  /** A .npy file. */
  readonly matrix: string;
  /** How much of it may lie in memory; the rest is read from a file in every epoch. */
  readonly memoryBytes: number;
  readonly repeats: number;
  /** Whether to score as well. */
  readonly score: boolean;
}

export interface NetworkTimes {
  readonly rows: number;
  readonly width: number;
  readonly epoch: readonly number[];
  /** Scores alone. */
  readonly score: readonly number[];
  /** Scores, errors and reconstruction. */
  readonly explain: readonly number[];
}

const BLOCK_ROWS = 8192;

/** Trains the default network for some epochs, shuffling included and nothing else, then scores the matrix with it. */
await runsAsProbe(async (options: NetworkProbe): Promise<NetworkTimes> => {
  using store = loadMatrix(options.matrix, options.memoryBytes);
  const scaler = await fitScaler(store, "standard", undefined);
  const { hidden, activation, learningRate, seed } = defaultTraining;
  const shape = { inputs: scaler.kept.length, hidden, activation };
  const weights = initialWeights(shape, seededRandom(seed));
  const runner = await StepRunner.open(
    { train: store, validation: undefined, scaler, shape },
    weights,
    defaultTraining,
  );
  const epoch = await timed(options.repeats, () =>
    runner.epoch(
      () => learningRate,
      Number.POSITIVE_INFINITY,
      () => undefined,
    ),
  );
  const network: Network = { shape, scaler, weights: runner.weights };
  await runner.close();
  const times = options.score ? await scoreAll(store, network, options.repeats) : { score: [], explain: [] };
  return { rows: store.rows, width: store.width, epoch, ...times };
});

function loadMatrix(path: string, memoryBytes: number): MatrixStore {
  const file = openNpy(path);
  const store = new MatrixStore({ width: file.width, memoryBytes });
  const block = new Float32Array(BLOCK_ROWS * file.width);
  for (let row = 0; row < file.rows; row += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, file.rows - row);
    file.read(row, rows, block);
    store.append(block, rows);
  }
  file.close();
  return store;
}

async function scoreAll(
  store: MatrixStore,
  network: Network,
  repeats: number,
): Promise<Pick<NetworkTimes, "score" | "explain">> {
  const held = rowRange(store, 0, Math.min(store.rows, 20_000));
  const model = buildScoringModel([{ network, normal: await measureNormalErrors(network, held) }]);
  const scorer = await Scorer.open(model);
  const block = new Float32Array(BLOCK_ROWS * store.width);
  const overAll = async (work: (rows: number) => Promise<unknown>) => {
    for (let row = 0; row < store.rows; row += BLOCK_ROWS) {
      const rows = Math.min(BLOCK_ROWS, store.rows - row);
      store.read(row, rows, block);
      await work(rows);
    }
  };
  const score = await timed(repeats, () => overAll((rows) => scorer.score(block, rows)));
  const explain = await timed(repeats, () => overAll((rows) => scorer.run(block, rows)));
  await scorer.close();
  return { score, explain };
}

/** Seconds of each of `repeats` runs, after one that warms up. */
async function timed(repeats: number, run: () => Promise<unknown>): Promise<number[]> {
  await run();
  const seconds: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    await run();
    seconds.push((performance.now() - started) / 1000);
  }
  return seconds;
}
