import { ExpectedError } from "../base/errors.ts";
import { losses } from "./losses.ts";
import type { LossName } from "./losses.ts";
import type { MatrixRows } from "./matrix-rows.ts";
import { activations } from "./network.ts";
import type { Activation } from "./network.ts";
import { scalerKinds } from "./scaler.ts";
import type { Scaler, ScalerKind } from "./scaler.ts";

/** The three parts of the data, raw (unscaled), of one width. Only `train` is learned from. */
export interface TrainingParts {
  readonly train: MatrixRows;
  /** Decides when to stop. */
  readonly validation?: MatrixRows | undefined;
  /** Only reported on. */
  readonly test?: MatrixRows | undefined;
}

/** How long training goes on, and how its learning rate moves. */
export type Schedule =
  | {
      /** Rounds over all rows until the validation loss has not fallen for `patience` rounds; the best weights win. */
      readonly kind: "epochs";
      readonly epochs: number;
      readonly patience: number;
      /** Multiplies the learning rate by `factor` after `patience` rounds without improvement, down to `minimum`. */
      readonly plateau?:
        | { readonly patience: number; readonly factor: number; readonly minimum: number }
        | undefined;
    }
  /** A fixed number of mini-batches, the learning rate falling to zero along half a cosine. */
  | { readonly kind: "steps"; readonly steps: number };

/** Everything that decides what a training run gives; the same data and options give the same bytes. */
export interface TrainingOptions {
  /** Sizes of the hidden layers; the smallest is the code. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly loss: LossName;
  /** How to scale the columns, or a scaler learned elsewhere. */
  readonly scaler: ScalerKind | Scaler;
  /** Where scaled values are cut off; the scaler's own default where absent. */
  readonly clip?: number | undefined;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay (AdamW); 0 is plain Adam. */
  readonly weightDecay: number;
  readonly batch: number;
  readonly schedule: Schedule;
  /** Share of hidden units silenced at each step. */
  readonly dropout: number;
  /** Standard deviation of normal noise added to the scaled inputs, never to what is to be reconstructed. */
  readonly inputNoise: number;
  /** Train on so many rows drawn at random; all where absent. */
  readonly sampleRows?: number | undefined;
  readonly seed: number | string;
  readonly threads: number;
  /** Whether to fit and report the baselines (untrained network, PCA). */
  readonly baselines: boolean;
}

/** The network and the settings of the project that this one carries on. */
export const defaultTraining: TrainingOptions = {
  hidden: [32, 16, 32],
  activation: "relu",
  loss: "mse",
  scaler: "standard",
  learningRate: 0.001,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  weightDecay: 0,
  batch: 512,
  schedule: { kind: "epochs", epochs: 500, patience: 3 },
  dropout: 0,
  inputNoise: 0,
  seed: 1,
  threads: 1,
  baselines: true,
};

/** The defaults with `given` over them. Throws `usage` for values that no training can run with. */
export function resolveTraining(given: Partial<TrainingOptions>): TrainingOptions {
  const options = { ...defaultTraining, ...given };
  const { schedule } = options;
  check(options.hidden.length > 0, "at least one hidden layer", options.hidden.length);
  for (const size of options.hidden) checkCount("the size of a hidden layer", size);
  check(
    activations.includes(options.activation),
    `an activation of ${activations.join(", ")}`,
    options.activation,
  );
  check(options.loss in losses, `a loss of ${Object.keys(losses).join(", ")}`, options.loss);
  const kind = options.scaler;
  if (typeof kind === "string")
    check(scalerKinds.includes(kind), `a scaler of ${scalerKinds.join(", ")}`, kind);
  check(options.clip === undefined || options.clip > 0, "a clip above 0", options.clip);
  check(
    options.learningRate > 0 && options.learningRate < 10,
    "a learning rate between 0 and 10",
    options.learningRate,
  );
  checkShare("beta1", options.beta1);
  checkShare("beta2", options.beta2);
  check(options.epsilon > 0, "an epsilon above 0", options.epsilon);
  checkShare("weight decay", options.weightDecay);
  checkCount("the batch", options.batch);
  checkShare("dropout", options.dropout);
  check(
    options.inputNoise >= 0 && options.inputNoise < 100,
    "input noise between 0 and 100",
    options.inputNoise,
  );
  if (options.sampleRows !== undefined) checkCount("the number of sampled rows", options.sampleRows);
  checkCount("the number of threads", options.threads);
  if (schedule.kind === "steps") checkCount("the number of steps", schedule.steps);
  else {
    checkCount("the number of epochs", schedule.epochs);
    checkCount("patience", schedule.patience);
    if (schedule.plateau) {
      checkCount("the plateau's patience", schedule.plateau.patience);
      checkShare("the plateau's factor", schedule.plateau.factor);
      checkShare("the plateau's lowest learning rate", schedule.plateau.minimum);
    }
  }
  return options;
}

function checkCount(what: string, value: number): void {
  check(Number.isSafeInteger(value) && value >= 1, `a whole number of at least 1 for ${what}`, value);
}

function checkShare(what: string, value: number): void {
  check(value >= 0 && value < 1, `a number from 0 to below 1 for ${what}`, value);
}

function check(holds: boolean, expected: string, found: unknown): void {
  if (!holds) throw new ExpectedError("usage", `training expects ${expected}, found ${String(found)}`);
}
