import { ExpectedError } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";
import { initialWeights } from "./network.ts";
import type { Weights } from "./network.ts";
import { NetworkEvaluator } from "./network-evaluator.ts";
import { StepRunner } from "./step-runner.ts";
import type { FitData } from "./step-runner.ts";
import type { Schedule, TrainingOptions } from "./training-options.ts";

/** One round over the training rows (or what the fixed number of steps left of one). */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss over the round's mini-batches, each before its step. */
  readonly train: number;
  /** Mean loss over the validation part after the round; absent where nothing was validated. */
  readonly validation?: number;
  /** As it was at the end of the round. */
  readonly learningRate: number;
}

export interface FitResult {
  readonly initial: Weights;
  readonly weights: Weights;
  readonly curve: readonly EpochRecord[];
  /** The epoch that `weights` come from, from 1. */
  readonly bestEpoch: number;
  readonly stopped: "patience" | "epochs" | "steps";
}

/**
 * Trains one network from its random start. Stops at once, with the signal's reason, when aborted; throws `usage` when
 * the loss stops being a number. Without a validation part the training loss decides when to stop.
 */
export async function fitNetwork(
  data: FitData,
  options: TrainingOptions,
  stage: StageOptions = {},
): Promise<FitResult> {
  const initial = initialWeights(data.shape, seededRandom(options.seed).fork("weights"));
  const runner = await StepRunner.open(data, initial, options);
  try {
    const { schedule } = options;
    if (schedule.kind === "steps")
      return { initial, ...(await runSteps(runner, schedule.steps, options, stage)) };
    const evaluator =
      data.validation && (await NetworkEvaluator.open(data.shape, data.scaler, options.loss, options));
    try {
      return { initial, ...(await runEpochs(runner, evaluator, data, schedule, options, stage)) };
    } finally {
      await evaluator?.close();
    }
  } finally {
    await runner.close();
  }
}

type Outcome = Omit<FitResult, "initial">;

async function runSteps(
  runner: StepRunner,
  steps: number,
  options: TrainingOptions,
  stage: StageOptions,
): Promise<Outcome> {
  const curve: EpochRecord[] = [];
  const rate = (step: number) => (options.learningRate * (1 + Math.cos((Math.PI * (step - 1)) / steps))) / 2;
  while (runner.steps < steps) {
    const epoch = curve.length + 1;
    const train = await runner.epoch(
      rate,
      steps - runner.steps,
      ({ loss, rows }) => {
        const note = `step ${runner.steps} of ${steps}, loss ${loss.toPrecision(3)}`;
        stage.onProgress?.({ stage: "train", rows, total: steps * options.batch, note });
      },
      stage.signal,
    );
    refuseDivergence(train, epoch);
    curve.push({ epoch, train, learningRate: rate(runner.steps) });
  }
  return { weights: runner.weights, curve, bestEpoch: curve.length, stopped: "steps" };
}

async function runEpochs(
  runner: StepRunner,
  evaluator: NetworkEvaluator | undefined,
  { validation }: FitData,
  { epochs, patience, plateau }: Extract<Schedule, { kind: "epochs" }>,
  options: TrainingOptions,
  stage: StageOptions,
): Promise<Outcome> {
  const curve: EpochRecord[] = [];
  let best = { weights: runner.weights, loss: Number.POSITIVE_INFINITY, epoch: 0 };
  let learningRate = options.learningRate;
  let sinceCut = 0;
  let remark = "";
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const train = await runner.epoch(
      () => learningRate,
      Number.POSITIVE_INFINITY,
      ({ loss, rows }) => {
        stage.onProgress?.({
          stage: "train",
          rows,
          note: `epoch ${epoch}, loss ${loss.toPrecision(3)}${remark}`,
        });
      },
      stage.signal,
    );
    refuseDivergence(train, epoch);
    const held =
      evaluator && validation
        ? await evaluator.loss(runner.weights, validation, { signal: stage.signal })
        : undefined;
    curve.push({ epoch, train, learningRate, ...(held === undefined ? {} : { validation: held }) });
    const loss = held ?? train;
    remark = `, last validation ${loss.toPrecision(3)}`;

    if (loss < best.loss) {
      best = { weights: runner.weights, loss, epoch };
      sinceCut = 0;
      continue;
    }
    if (epoch - best.epoch >= patience) {
      return { weights: best.weights, curve, bestEpoch: best.epoch, stopped: "patience" };
    }
    sinceCut++;
    if (plateau && sinceCut >= plateau.patience) {
      learningRate = Math.max(Math.min(learningRate, plateau.minimum), learningRate * plateau.factor);
      sinceCut = 0;
    }
  }
  return { weights: best.weights, curve, bestEpoch: best.epoch, stopped: "epochs" };
}

function refuseDivergence(loss: number, epoch: number): void {
  if (Number.isFinite(loss)) return;
  const message = `training diverged in epoch ${epoch}: the loss became ${loss}; a lower learning rate may help`;
  throw new ExpectedError("usage", message);
}
