import { ExpectedError } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";
import { fitNetwork } from "./fit-network.ts";
import type { EpochRecord } from "./fit-network.ts";
import { compareLosses } from "./loss-report.ts";
import type { LossReport } from "./loss-report.ts";
import { sampleRows } from "./matrix-rows.ts";
import { codeSize, parameterCount } from "./network.ts";
import type { Network } from "./network.ts";
import { fitPca } from "./pca.ts";
import { fitScaler } from "./scaler.ts";
import { resolveTraining } from "./training-options.ts";
import type { TrainingOptions, TrainingParts } from "./training-options.ts";

export interface TrainedAutoencoder {
  readonly network: Network;
  /** The network as it was before training. */
  readonly untrained: Network;
  /** Principal components with the network's code size; absent where no baselines were asked for. */
  readonly pca?: Network;
  readonly options: TrainingOptions;
  readonly parameters: number;
  /** Positions of the columns that had one value in the whole training part; the network does not see them. */
  readonly constantColumns: readonly number[];
  readonly curve: readonly EpochRecord[];
  /** The epoch whose weights were kept, from 1. */
  readonly bestEpoch: number;
  readonly stopped: "patience" | "epochs" | "steps";
  /** Absent where no baselines were asked for. */
  readonly loss?: LossReport;
}

/**
 * Trains an autoencoder: learns the scaler from the training part, fits the network, and compares it with an untrained
 * one and with PCA on every part. The same data and options give the same weights, byte for byte, wherever the matrix
 * lies. Throws `too-few-rows` where there is nothing to learn from, `usage` for options that cannot work.
 */
export async function trainAutoencoder(
  parts: TrainingParts,
  given: Partial<TrainingOptions> = {},
  stage: StageOptions = {},
): Promise<TrainedAutoencoder> {
  const options = resolveTraining(given);
  if (parts.train.rows < 2) {
    throw new ExpectedError("too-few-rows", `training needs at least 2 rows, found ${parts.train.rows}`);
  }
  const train =
    options.sampleRows === undefined
      ? parts.train
      : sampleRows(parts.train, options.sampleRows, seededRandom(options.seed).fork("sample"));
  const validation = parts.validation?.rows ? parts.validation : undefined;
  const scaler =
    typeof options.scaler === "string"
      ? await fitScaler(train, options.scaler, options.clip, stage)
      : options.scaler;
  const shape = { inputs: scaler.kept.length, hidden: options.hidden, activation: options.activation };
  const fit = await fitNetwork({ train, validation, scaler, shape }, options, stage);

  const network: Network = { shape, scaler, weights: fit.weights };
  const untrained: Network = { shape, scaler, weights: fit.initial };
  const kept = new Set(scaler.kept);
  const result = {
    network,
    untrained,
    options,
    parameters: parameterCount(shape),
    constantColumns: Array.from({ length: train.width }, (_, column) => column).filter(
      (column) => !kept.has(column),
    ),
    curve: fit.curve,
    bestEpoch: fit.bestEpoch,
    stopped: fit.stopped,
  };
  if (!options.baselines) return result;
  const pca = await fitPca(train, scaler, codeSize(shape), { ...stage, threads: options.threads });
  const loss = await compareLosses({ network, untrained, pca }, { ...parts, train }, options, stage);
  return { ...result, pca, loss };
}
