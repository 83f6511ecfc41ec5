import { z } from "zod";

/** Raised when the layout of the directory or the meaning of a field changes; older programs refuse newer models. */
export const modelFormat = 1;

const partLosses = z.object({
  train: z.number(),
  validation: z.number(),
  test: z.number(),
});

/** See `Calibration` in `detect/`, which gives it its meaning. */
const calibration = z.object({
  count: z.number().int(),
  levels: z.array(z.number()).readonly(),
  exceed: z.array(z.number()).readonly(),
  tail: z.object({ from: z.number(), share: z.number(), alpha: z.number() }),
});

/**
 * `manifest.json` of a model directory: everything about a model that a person or another program would ask, and the
 * hashes that bind its files together.
 */
export const manifestSchema = z.object({
  format: z.literal(modelFormat),
  program: z.object({ name: z.literal("strayflow"), version: z.string() }),
  preset: z.enum(["seed", "connection", "behavior"]),
  /** Feature families that were left out. */
  without: z.array(z.string()),
  /** What it learned from. Times are seconds since 1970, of connection starts. */
  traffic: z.object({
    files: z.number().int(),
    from: z.number(),
    to: z.number(),
    rows: z.object({
      read: z.number().int(),
      rejected: z.number().int(),
      train: z.number().int(),
      validation: z.number().int(),
      test: z.number().int(),
    }),
    /** Zeek columns that the logs had. */
    columns: z.array(z.string()),
  }),
  split: z.object({
    kind: z.enum(["time", "random"]),
    shares: z.object({ train: z.number(), validation: z.number(), test: z.number() }),
  }),
  features: z.array(
    z.object({
      id: z.string(),
      unit: z.string(),
      summary: z.string(),
      /** Constant in the training part, so the network does not see it. */
      constant: z.boolean(),
      /** Range that holds 99.8 % of the training part, in raw units. */
      low: z.number(),
      high: z.number(),
      /** Mean squared residual on the validation part that counts as an error of 1, in scaled units. */
      normalError: z.number(),
    }),
  ),
  network: z.object({
    layers: z.array(z.number().int()),
    activation: z.string(),
    /** Networks that score together, by the median of their errors. */
    members: z.number().int(),
    parameters: z.number().int(),
    scaler: z.string(),
    /** The most that the error of one feature can be. */
    errorCap: z.number(),
    seed: z.number().int(),
    epochs: z.number().int(),
    /** The epoch whose weights were kept, from 1. */
    bestEpoch: z.number().int(),
    batch: z.number().int(),
    learningRate: z.number(),
    patience: z.number().int(),
    dropout: z.number(),
    noise: z.number(),
  }),
  loss: partLosses.extend({
    untrained: z.number(),
    pca: z.number(),
    better: z.boolean(),
    verdict: z.string(),
  }),
  curve: z.array(z.object({ train: z.number(), validation: z.number(), learningRate: z.number() })),
  calibration: z.object({
    network: calibration,
    detectors: z.record(z.string(), calibration),
    combined: calibration.optional(),
  }),
  /** SHA-256 of the other files, in hexadecimal. */
  files: z.record(z.string(), z.string()),
});

export type Manifest = z.infer<typeof manifestSchema>;
