import { assert } from "../base/errors.ts";
import {
  detectorFigures,
  overRates,
  productFigures,
  type ByRate,
  type DetectorScores,
  type ProductScores,
  type SeedFigures,
  type TestRows,
} from "./seed-figures.ts";

/** What `evaluate` says of one detector: means over the seeds, and how far the seeds lie apart. */
export interface Figures extends SeedFigures {
  /** Largest minus smallest over the seeds. */
  readonly spread: Spread;
}

export interface Spread {
  readonly seeds: number;
  readonly roc_auc: number | null;
  readonly pr_auc: number | null;
  readonly tpr: ByRate;
  readonly realised: ByRate;
}

/**
 * The figures of one detector whose cuts come from its calibration scores alone.
 *
 * @param bySeed the scores of each seed
 */
export function figuresOf(
  rows: TestRows,
  bySeed: readonly DetectorScores[],
  rates: readonly number[],
): Figures {
  return overSeeds(
    bySeed.map((scores) => detectorFigures(rows, scores, rates)),
    rates,
  );
}

/** The figures of the product, which states p-values of its own: the cut at a rate is that p-value. */
export function figuresOfProduct(
  rows: TestRows,
  bySeed: readonly ProductScores[],
  rates: readonly number[],
): Figures {
  return overSeeds(
    bySeed.map((scores) => productFigures(rows, scores, rates)),
    rates,
  );
}

function overSeeds(runs: readonly SeedFigures[], rates: readonly number[]): Figures {
  assert(runs.length > 0, "figures need at least one seed");
  return {
    roc_auc: meanOf(runs.map((run) => run.roc_auc)),
    pr_auc: meanOf(runs.map((run) => run.pr_auc)),
    tpr: overRates(rates, (rate) => meanOf(runs.map((run) => run.tpr[rate]!))),
    realised: overRates(rates, (rate) => meanOf(runs.map((run) => run.realised[rate]!))),
    by_label: Object.fromEntries(
      Object.entries(runs[0]!.by_label).map(([label, first]) => [
        label,
        {
          rows: first.rows,
          tpr: overRates(rates, (rate) => meanOf(runs.map((run) => run.by_label[label]!.tpr[rate]!))),
        },
      ]),
    ),
    incidents: meanIncidents(runs.map((run) => run.incidents)),
    spread: {
      seeds: runs.length,
      roc_auc: rangeOf(runs.map((run) => run.roc_auc)),
      pr_auc: rangeOf(runs.map((run) => run.pr_auc)),
      tpr: overRates(rates, (rate) => rangeOf(runs.map((run) => run.tpr[rate]!))),
      realised: overRates(rates, (rate) => rangeOf(runs.map((run) => run.realised[rate]!))),
    },
  };
}

function meanIncidents(runs: readonly Figures["incidents"][]): Figures["incidents"] {
  const first = runs[0];
  if (first === undefined || first === null) return null;
  return {
    found: meanOf(runs.map((run) => run!.found))!,
    of: first.of,
    false_per_day: meanOf(runs.map((run) => run!.false_per_day)),
    detection_seconds: meanOf(runs.map((run) => run!.detection_seconds).filter((delay) => delay !== null)),
    rate: meanOf(runs.map((run) => run!.rate))!,
    ...(first.false_per_day_by_kind === undefined
      ? {}
      : { false_per_day_by_kind: meanByKind(runs.map((run) => run?.false_per_day_by_kind ?? {})) }),
  };
}

/** Most frequent first; a kind that a seed does not have is none a day there. */
function meanByKind(runs: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const kinds = new Set(runs.flatMap((run) => Object.keys(run)));
  const means = [...kinds].map(
    (kind) => [kind, runs.reduce((sum, run) => sum + (run[kind] ?? 0), 0) / runs.length] as const,
  );
  return Object.fromEntries(means.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

/** `null` as soon as one is: a mean over fewer seeds than it claims would mislead. */
function meanOf(values: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  return values.length === 0 ? null : sum / values.length;
}

function rangeOf(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length < values.length || numbers.length === 0
    ? null
    : Math.max(...numbers) - Math.min(...numbers);
}
