import { z } from "zod";
import { trafficNormsSchema } from "./traffic-norms.ts";

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

/** See `ValueRarities` in `detect/`. */
const rarities = z.object({
  count: z.number().int(),
  shares: z.array(z.number()).readonly(),
  columns: z.record(
    z.string(),
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("flag"), yes: z.number() }),
      z.object({
        kind: z.literal("amount"),
        above: z.array(z.number()).readonly(),
        below: z.array(z.number()).readonly(),
      }),
    ]),
  ),
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
      /** Middle and spread by which it is scaled before the network sees it; a spread of 0 where it is constant. */
      center: z.number(),
      scale: z.number(),
      /** Range that holds 99.8 % of the training part, in raw units. */
      low: z.number(),
      high: z.number(),
      /** Mean squared residual on the training part that counts as an error of 1, in scaled units. */
      normalError: z.number(),
      /** Values of the training part, and the share of its rows at or below each; see `ColumnLevels`. */
      levels: z.array(z.number()).readonly(),
      atMost: z.array(z.number()).readonly(),
      /** How far the held-back rows of the same traffic were from that, 0 to 1. */
      usualShift: z.number(),
    }),
  ),
  norms: trafficNormsSchema,
  rarities,
  network: z.object({
    layers: z.array(z.number().int()),
    activation: z.string(),
    /** Networks that score together, by the mean of their errors. */
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
    /** Steps of a fixed schedule; 0 where epochs and patience decided. */
    steps: z.number().int(),
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
    distance: calibration.optional(),
    detectors: z.record(z.string(), calibration),
    combined: calibration.optional(),
    drift: z.number().optional(),
  }),
  /**
   * Incidents a day on the held-back rows, if rows at or below a p-value are flagged; from the rarest p-value on. `days` is how
   * long those rows took, and so how far the rates can be trusted.
   */
  incidentRates: z.object({
    days: z.number(),
    rates: z.array(z.object({ pValue: z.number(), perDay: z.number() })).readonly(),
  }),
  /** Incidents a day that scoring keeps to where it is told nothing else. */
  budgetPerDay: z.number().optional(),
  /** What was found in the traffic before it was learned from. */
  audit: z.object({
    rows: z.number().int(),
    findings: z
      .array(
        z.object({
          kind: z.enum(["scan", "flood", "brute-force", "background", "odd-host", "one-host"]),
          sentence: z.string(),
          rows: z.number().int(),
          share: z.number(),
          evidence: z.enum(["overwhelming", "suspicious", "remark"]),
        }),
      )
      .readonly(),
    excluded: z.number().int(),
    warnings: z.array(z.string()).readonly(),
  }),
  /** SHA-256 of the other files, in hexadecimal. */
  files: z.record(z.string(), z.string()),
});

export type Manifest = z.infer<typeof manifestSchema>;
