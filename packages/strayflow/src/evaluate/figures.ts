import { assert } from "../base/errors.ts";
import { countIncidents, type IncidentFigures, type IncidentRows } from "./incidents.ts";
import { cutOfSorted, prAuc, rateSupport, rocAuc, shareAbove, sortedScores } from "./metrics.ts";

/** A figure at each asked rate, under the rate as it is written ("0.01"); `null` where it cannot be estimated. */
export type ByRate = Readonly<Record<string, number | null>>;

/** What `evaluate` says of one detector: means over the seeds, and how far the seeds lie apart. */
export interface Figures {
  readonly roc_auc: number | null;
  /** Average precision; depends on the share of attacks in the test. */
  readonly pr_auc: number | null;
  /** Share of the attack rows that score above the cut. */
  readonly tpr: ByRate;
  /** Share of the test's normal rows that score above the cut, which was to be the rate. */
  readonly realised: ByRate;
  readonly by_label: Readonly<Record<string, { readonly rows: number; readonly tpr: ByRate }>>;
  /** At the smallest asked rate that can be estimated, which it names; `null` where none can. */
  readonly incidents: (IncidentFigures & { readonly rate: number }) | null;
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

/** The rows that were scored, the same for every detector. */
export interface TestRows extends IncidentRows {
  /** `labels[truth]`; the first is that of normal rows. */
  readonly labels: readonly string[];
  /** Rows at the start of the test that are scored but not counted. */
  readonly warmUp: number;
}

/** What one detector gave for one seed. */
export interface DetectorScores {
  readonly calibration: Float64Array;
  /** One score a test row. */
  readonly test: Float64Array;
}

/**
 * The figures of one detector. The cuts come from its calibration scores alone.
 *
 * @param bySeed the scores of each seed
 */
export function figuresOf(
  rows: TestRows,
  bySeed: readonly DetectorScores[],
  rates: readonly number[],
): Figures {
  assert(bySeed.length > 0, "figures need at least one seed");
  const runs = bySeed.map((scores) => figuresOfSeed(rows, scores, rates));
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

type SeedFigures = Omit<Figures, "spread">;

function figuresOfSeed(rows: TestRows, scores: DetectorScores, rates: readonly number[]): SeedFigures {
  const { truth, labels, warmUp } = rows;
  assert(scores.test.length === truth.length, `${scores.test.length} scores for ${truth.length} test rows`);
  const byLabel = labels.map((_, label) =>
    scores.test.filter((_score, row) => row >= warmUp && truth[row] === label),
  );
  const normal = byLabel[0]!;
  const attack = scores.test.filter((_, row) => row >= warmUp && truth[row] !== 0);
  const calibration = sortedScores(scores.calibration);
  const cuts = new Map(rates.map((rate) => [String(rate), cutOfSorted(calibration, rate)]));
  const above = (part: Float64Array) =>
    overRates(rates, (rate) => {
      const cut = cuts.get(rate);
      return cut === undefined ? null : (shareAbove(part, cut) ?? null);
    });
  return {
    roc_auc: rocAuc({ normal, attack }) ?? null,
    pr_auc: prAuc({ normal, attack }) ?? null,
    tpr: above(attack),
    realised: above(normal),
    by_label: Object.fromEntries(
      labels.flatMap((label, index) =>
        index === 0 || byLabel[index]!.length === 0
          ? []
          : [[label, { rows: byLabel[index]!.length, tpr: above(byLabel[index]!) }]],
      ),
    ),
    incidents: incidentsAt(rows, scores.test, calibration, rates),
  };
}

function incidentsAt(
  rows: TestRows,
  scores: Float64Array,
  calibration: Float64Array,
  rates: readonly number[],
) {
  const usable = rates.filter((rate) => rateSupport(calibration.length, rate) !== "none");
  if (usable.length === 0) return null;
  const rate = Math.min(...usable);
  const cut = cutOfSorted(calibration, rate)!;
  const flagged = Uint8Array.from(scores.subarray(rows.warmUp), (score) => (score > cut ? 1 : 0));
  const counted = {
    host: rows.host.subarray(rows.warmUp),
    end: rows.end.subarray(rows.warmUp),
    truth: rows.truth.subarray(rows.warmUp),
  };
  return { ...countIncidents(counted, flagged, testDays(rows)), rate };
}

/** Length of the counted part of the test, in days. */
function testDays({ end, warmUp }: Pick<TestRows, "end" | "warmUp">): number {
  let first = Infinity;
  let last = -Infinity;
  for (let row = warmUp; row < end.length; row++) {
    first = Math.min(first, end[row]!);
    last = Math.max(last, end[row]!);
  }
  return last > first ? (last - first) / 86_400 : 0;
}

function meanIncidents(runs: readonly Figures["incidents"][]): Figures["incidents"] {
  const first = runs[0];
  if (first === undefined || first === null) return null;
  return {
    found: meanOf(runs.map((run) => run!.found))!,
    of: first.of,
    false_per_day: meanOf(runs.map((run) => run!.false_per_day)),
    seconds_to_detection: meanOf(
      runs.map((run) => run!.seconds_to_detection).filter((delay) => delay !== null),
    ),
    rate: first.rate,
  };
}

function overRates(rates: readonly number[], figure: (rate: string) => number | null): ByRate {
  return Object.fromEntries(rates.map((rate) => [String(rate), figure(String(rate))]));
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
