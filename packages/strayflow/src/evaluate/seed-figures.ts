import { assert } from "../base/errors.ts";
import { countIncidents, type IncidentFigures, type IncidentRows } from "./incidents.ts";
import { cutOfSorted, prAuc, rateSupport, rocAuc, sortedScores } from "./metrics.ts";

/** A figure at each asked rate, under the rate as it is written ("0.01"); `null` where it cannot be estimated. */
export type ByRate = Readonly<Record<string, number | null>>;

/** What can be said of one detector, or of one run of it. */
export interface SeedFigures {
  readonly roc_auc: number | null;
  /** Average precision; depends on the share of attacks in the test. */
  readonly pr_auc: number | null;
  /** Share of the attack rows that are flagged. */
  readonly tpr: ByRate;
  /** Share of the test's normal rows that are flagged, which was to be the rate. */
  readonly realised: ByRate;
  readonly by_label: Readonly<Record<string, { readonly rows: number; readonly tpr: ByRate }>>;
  /** At the smallest asked rate that can be estimated, or at what a budget stands for; `null` where none can. */
  readonly incidents: IncidentsAtRate | null;
}

export interface IncidentsAtRate extends IncidentFigures {
  readonly rate: number;
  /** What the false ones are about: the kinds of the product's incidents; absent for what has none. */
  readonly false_per_day_by_kind?: Readonly<Record<string, number>> | undefined;
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

/** What the product gave for one seed, one entry a test row. */
export interface ProductScores {
  readonly pValue: Float64Array;
  /** Decides the order of rows with the same p-value. */
  readonly score: Float64Array;
  /** At its cut; what belongs together is for the product to say. */
  readonly incidents: IncidentsAtRate | null;
}

/** A row is flagged when it scores higher than the cut that the calibration rows give at the rate. */
export function detectorFigures(
  rows: TestRows,
  { calibration, test }: DetectorScores,
  rates: readonly number[],
): SeedFigures {
  const sorted = sortedScores(calibration);
  const flags = new Map(
    rates.map((rate) => {
      const cut = cutOfSorted(sorted, rate);
      return [
        String(rate),
        cut === undefined ? undefined : Uint8Array.from(test, (score) => (score > cut ? 1 : 0)),
      ];
    }),
  );
  const usable = rates.filter((rate) => rateSupport(sorted.length, rate) !== "none");
  const rate = Math.min(...usable);
  const flagged = flags.get(String(rate));
  const incidents =
    flagged === undefined
      ? null
      : { ...countIncidents(countedRows(rows), flagged.subarray(rows.warmUp), testDays(rows)), rate };
  return figuresOfFlags(rows, test, flags, rates, incidents);
}

/** A row is flagged when its p-value is at most the rate. */
export function productFigures(
  rows: TestRows,
  { pValue, score, incidents }: ProductScores,
  rates: readonly number[],
): SeedFigures {
  const flags = new Map(
    rates.map((rate) => [String(rate), Uint8Array.from(pValue, (p) => (p <= rate ? 1 : 0))]),
  );
  return figuresOfFlags(rows, rankByPValue(pValue, score), flags, rates, incidents);
}

export function overRates(rates: readonly number[], figure: (rate: string) => number | null): ByRate {
  return Object.fromEntries(rates.map((rate) => [String(rate), figure(String(rate))]));
}

/** Length of the counted part of the test, in days. */
export function testDays({ end, warmUp }: Pick<TestRows, "end" | "warmUp">): number {
  let first = Infinity;
  let last = -Infinity;
  for (let row = warmUp; row < end.length; row++) {
    first = Math.min(first, end[row]!);
    last = Math.max(last, end[row]!);
  }
  return last > first ? (last - first) / 86_400 : 0;
}

/** The rows behind the warm-up. */
export function countedRows({ host, start, end, truth, warmUp }: TestRows): IncidentRows {
  return {
    host: host.subarray(warmUp),
    start: start.subarray(warmUp),
    end: end.subarray(warmUp),
    truth: truth.subarray(warmUp),
  };
}

function figuresOfFlags(
  { truth, labels, warmUp }: TestRows,
  scores: Float64Array,
  flags: ReadonlyMap<string, Uint8Array | undefined>,
  rates: readonly number[],
  incidents: IncidentsAtRate | null,
): SeedFigures {
  assert(scores.length === truth.length, `${scores.length} scores for ${truth.length} test rows`);
  const share = (holds: (label: number) => boolean) => {
    let rows = 0;
    for (let row = warmUp; row < truth.length; row++) if (holds(truth[row]!)) rows++;
    const at = overRates(rates, (rate) => {
      const flagged = flags.get(rate);
      if (flagged === undefined || rows === 0) return null;
      let found = 0;
      for (let row = warmUp; row < truth.length; row++) if (flagged[row] === 1 && holds(truth[row]!)) found++;
      return found / rows;
    });
    return { rows, tpr: at };
  };
  const sides = {
    normal: scores.filter((_, row) => row >= warmUp && truth[row] === 0),
    attack: scores.filter((_, row) => row >= warmUp && truth[row] !== 0),
  };
  const byLabel = labels.map((_, index) => share((label) => label === index));
  return {
    roc_auc: rocAuc(sides) ?? null,
    pr_auc: prAuc(sides) ?? null,
    tpr: share((label) => label !== 0).tpr,
    realised: byLabel[0]!.tpr,
    by_label: Object.fromEntries(
      labels.flatMap((label, index) =>
        index === 0 || byLabel[index]!.rows === 0 ? [] : [[label, byLabel[index]!]],
      ),
    ),
    incidents,
  };
}

/** The place of each row in the order of strangeness, from 0; rows that are equal in both share theirs. */
function rankByPValue(pValue: Float64Array, score: Float64Array): Float64Array {
  const order = Uint32Array.from(pValue, (_, row) => row).sort(
    (a, b) => pValue[b]! - pValue[a]! || score[a]! - score[b]!,
  );
  const rank = new Float64Array(pValue.length);
  for (let i = 1; i < order.length; i++) {
    const row = order[i]!;
    const before = order[i - 1]!;
    const isEqual = pValue[row] === pValue[before] && score[row] === score[before];
    rank[row] = rank[before]! + (isEqual ? 0 : 1);
  }
  return rank;
}
