import { assert } from "../base/errors.ts";
import type { NormalErrors, TrainedAutoencoder } from "../autoencoder/index.ts";
import type { Extractor } from "../features/index.ts";
import type { ColumnRange } from "../model/column-ranges.ts";
import type { Manifest } from "../model/manifest.ts";
import type { LearnOptions } from "./learn.ts";
import { errorCap, scalerOf, stepsFor } from "./train-members.ts";

/** What the manifest says of the features and of the networks that were trained on `rows` rows. */
export function describeNetwork(
  options: LearnOptions,
  rows: number,
  {
    extractor,
    ranges,
    trained,
    normal,
    drift,
  }: {
    readonly extractor: Extractor;
    readonly ranges: readonly ColumnRange[];
    readonly trained: readonly TrainedAutoencoder[];
    readonly normal: NormalErrors;
    readonly drift: readonly number[];
  },
): Pick<Manifest, "features" | "network" | "loss" | "curve"> {
  const first = trained[0];
  assert(first?.loss !== undefined, "the first member is compared with its baselines");
  const { loss } = first;
  const constant = new Set(first.constantColumns);
  return {
    features: extractor.columns.map(({ id, unit, summary }, column) => ({
      id,
      unit,
      summary,
      constant: constant.has(column),
      center: first.network.scaler.center[column]!,
      scale: first.network.scaler.scale[column]!,
      low: ranges[column]!.low,
      high: ranges[column]!.high,
      levels: ranges[column]!.levels,
      atMost: ranges[column]!.atMost,
      usualShift: drift[column]!,
      normalError: normal.meanSquare[column]!,
    })),
    network: {
      layers: [...options.layers],
      activation: options.activation,
      members: trained.length,
      parameters: trained.reduce((sum, { parameters }) => sum + parameters, 0),
      scaler: scalerOf(options.preset),
      errorCap,
      seed: options.seed,
      epochs: first.curve.length,
      bestEpoch: first.bestEpoch,
      batch: options.batch,
      learningRate: options.learningRate,
      patience: options.patience,
      steps: stepsFor(rows, options) ?? 0,
      dropout: options.dropout,
      noise: options.noise,
    },
    loss: {
      train: loss.train,
      validation: loss.validation ?? loss.train,
      test: loss.test ?? loss.train,
      untrained: loss.untrained,
      pca: loss.pca,
      better: loss.better,
      verdict: loss.verdict,
    },
    curve: first.curve.map(({ train, validation, learningRate }) => ({
      train,
      validation: validation ?? train,
      learningRate,
    })),
  };
}
