import type { StageOptions } from "../base/stage.ts";
import {
  buildScoringModel,
  measureNormalErrors,
  Scorer,
  trainAutoencoder,
  type MatrixRows,
  type ScalerKind,
  type TrainedAutoencoder,
} from "../autoencoder/index.ts";
import type { Preset } from "../features/index.ts";
import type { LearnOptions } from "./learn.ts";

/** The most that the error of one feature can be, so that no single odd column decides. */
export const errorCap = 20;

/** The matrices that networks are trained with. */
export interface TrainingMatrices {
  readonly train: MatrixRows;
  readonly validation: MatrixRows;
  readonly test: MatrixRows;
}

/**
 * Trains the networks that score together: they differ in their seed alone, and in their rows where each gets a random
 * part. The first is compared with an untrained network and with PCA. Where `trim` asks for it, a short fit comes first, and
 * the rows that it explains worst are left out of the real one.
 */
export async function trainMembers(
  parts: TrainingMatrices,
  options: LearnOptions,
  stage: StageOptions,
): Promise<TrainedAutoencoder[]> {
  const { trim = 0 } = options;
  if (trim === 0) return fitMembers(parts, options, stage);
  const steps = options.steps === undefined ? undefined : Math.ceil(options.steps / 4);
  const short = {
    ...options,
    steps,
    members: Math.min(3, options.members),
    epochs: Math.min(SHORT_EPOCHS, options.epochs),
  };
  const first = await fitMembers(parts, short, stage);
  return fitMembers({ ...parts, train: await withoutWorst(parts, first, trim, stage) }, options, stage);
}

async function fitMembers(
  parts: TrainingMatrices,
  options: LearnOptions,
  stage: StageOptions,
): Promise<TrainedAutoencoder[]> {
  const { plateau, seed, learningRate } = options;
  const steps = stepsFor(parts.train.rows, options);
  const trained: TrainedAutoencoder[] = [];
  for (let member = 0; member < options.members; member++) {
    trained.push(
      await trainAutoencoder(
        parts,
        {
          hidden: options.layers,
          activation: options.activation,
          learningRate,
          batch: options.batch,
          scaler: trained[0]?.network.scaler ?? scalerOf(options.preset),
          dropout: options.dropout,
          inputNoise: options.noise,
          sampleRows: options.sampleRows,
          seed: member === 0 ? seed : `${seed}/${member}`,
          baselines: member === 0,
          schedule:
            steps !== undefined
              ? { kind: "steps", steps }
              : {
                  kind: "epochs",
                  epochs: options.epochs,
                  patience: options.patience,
                  plateau:
                    plateau > 0 ? { patience: plateau, factor: 0.5, minimum: learningRate / 100 } : undefined,
                },
        },
        stage,
      ),
    );
  }
  return trained;
}

/**
 * Steps of a fixed schedule: those asked for, or more where they would not pass over the rows often enough, within reason.
 * Absent where epochs decide.
 */
export function stepsFor(
  rows: number,
  { steps, batch }: Pick<LearnOptions, "steps" | "batch">,
): number | undefined {
  if (steps === undefined) return undefined;
  return Math.max(steps, Math.min(MOST_STEPS, Math.ceil((PASSES * rows) / batch)));
}

const PASSES = 20;
const MOST_STEPS = 10_000;

/** The seed's way for the seed's features; heavy tails want medians and clipping. */
export function scalerOf(preset: Preset): ScalerKind {
  return preset === "seed" ? "standard" : "robust";
}

/** The training rows without the share of them whose errors are highest, read through the matrix. */
export async function withoutWorst(
  { train }: TrainingMatrices,
  members: readonly TrainedAutoencoder[],
  share: number,
  stage: StageOptions,
): Promise<MatrixRows> {
  const scoring = [];
  for (const { network } of members)
    scoring.push({ network, normal: await measureNormalErrors(network, train, stage) });
  const scorer = await Scorer.open(buildScoringModel(scoring, { cap: errorCap }));
  const scores = new Float32Array(train.rows);
  try {
    const block = new Float32Array(BLOCK_ROWS * train.width);
    for (let start = 0; start < train.rows; start += BLOCK_ROWS) {
      stage.signal?.throwIfAborted();
      const count = Math.min(BLOCK_ROWS, train.rows - start);
      train.read(start, count, block);
      scores.set((await scorer.run(block, count)).score, start);
    }
  } finally {
    await scorer.close();
  }
  const most = scores.toSorted()[Math.max(0, Math.ceil(train.rows * (1 - share)) - 1)]!;
  const kept: number[] = [];
  for (let row = 0; row < train.rows; row++) if (scores[row]! <= most) kept.push(row);
  return rowsAt(train, Uint32Array.from(kept));
}

function rowsAt(matrix: MatrixRows, places: Uint32Array): MatrixRows {
  const { width } = matrix;
  return {
    width,
    rows: places.length,
    read(start, count, out) {
      for (let i = 0; i < count;) {
        const first = places[start + i]!;
        let run = 1;
        while (i + run < count && places[start + i + run] === first + run) run++;
        matrix.read(first, run, out.subarray(i * width, (i + run) * width));
        i += run;
      }
    },
  };
}

const SHORT_EPOCHS = 10;
const BLOCK_ROWS = 8192;
