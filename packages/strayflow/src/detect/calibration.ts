import { assert } from "../base/errors.ts";

/**
 * What normal traffic scores, learned from rows that the network was not trained on: enough of the empirical
 * distribution to turn a score into a p-value. Plain data, as it stands in the manifest.
 */
export interface Calibration {
  /** Scores that it was learned from. */
  readonly count: number;
  /** Ascending scores; `exceed[i]` of the `count` scores are at least `levels[i]`. */
  readonly levels: readonly number[];
  readonly exceed: readonly number[];
  /** Pareto tail above `levels.at(-1)`'s neighbourhood: P(score >= s) = share * (s / from)^-alpha for s >= from. */
  readonly tail: { readonly from: number; readonly share: number; readonly alpha: number };
}

/** Exact levels kept at the top; below them, every step of 1 / bodyLevels is enough for a p-value. */
const topLevels = 1000;
const bodyLevels = 500;
/** The tail is fitted to this share of the scores, but to at least 25 of them where there are that many. */
const tailShare = 0.005;
/** From fewer scores no tail can be fitted; what exceeds the sample is then as rare as the sample can tell. */
const leastTail = 5;

/**
 * Learns a calibration. The tail beyond the sample is Hill's estimator (Hill 1975, Annals of Statistics 3:1163) on the
 * top scores, because an unbounded p-value for a score never seen before would claim a certainty that no sample gives.
 *
 * @param scores one score a row, finite and not negative; not changed
 */
export function learnCalibration(scores: Float64Array | Float32Array): Calibration {
  assert(scores.length > 0, "a calibration needs scores");
  const sorted = Float64Array.from(scores).sort();
  const count = sorted.length;
  const levels: number[] = [];
  const exceed: number[] = [];
  const keep = (index: number) => {
    const value = sorted[index]!;
    if (levels.length > 0 && levels[levels.length - 1] === value) return;
    let first = index;
    while (first > 0 && sorted[first - 1] === value) first--;
    levels.push(value);
    exceed.push(count - first);
  };
  const topFrom = Math.max(0, count - topLevels);
  for (let step = 0; step < bodyLevels; step++) {
    const index = Math.floor((step * topFrom) / bodyLevels);
    if (index < topFrom) keep(index);
  }
  for (let index = topFrom; index < count; index++) keep(index);
  return { count, levels, exceed, tail: hillTail(sorted) };
}

/**
 * How often normal traffic scores at least this high: empirical within the sample, with one added to both counts so that
 * it is a valid conformal p-value (Vovk 2005), and the fitted tail above the highest score.
 *
 * @returns in (0, 1]
 */
export function pValueOf(calibration: Calibration, score: number): number {
  const { levels, exceed, count, tail } = calibration;
  const highest = levels[levels.length - 1]!;
  const leastEmpirical = 1 / (count + 1);
  if (score > highest) {
    const beyond = score > tail.from && tail.from > 0 ? tail.share * (score / tail.from) ** -tail.alpha : leastEmpirical;
    return Math.max(Number.MIN_VALUE, Math.min(leastEmpirical, beyond));
  }
  // The first level that is not below the score: at least that many normal scores are as high.
  let low = 0;
  let high = levels.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (levels[middle]! >= score) high = middle;
    else low = middle + 1;
  }
  const asHigh = low > 0 && levels[low]! > score ? between(calibration, low, score) : exceed[low]!;
  return Math.min(1, (asHigh + 1) / (count + 1));
}

/** The score whose p-value is closest to `p` from below: rows above it are flagged. */
export function scoreAt(calibration: Calibration, p: number): number {
  const { levels, exceed, count, tail } = calibration;
  for (let index = 0; index < levels.length; index++) {
    if ((exceed[index]! + 1) / (count + 1) <= p) return levels[index]!;
  }
  const highest = levels[levels.length - 1]!;
  if (tail.from <= 0) return highest;
  return Math.max(highest, tail.from * (p / tail.share) ** (-1 / tail.alpha));
}

/** Between two kept levels the count falls linearly: the steps are fine enough that no p-value moves by 1 %. */
function between({ levels, exceed }: Calibration, index: number, score: number): number {
  const lower = levels[index - 1]!;
  const upper = levels[index]!;
  const part = (score - lower) / (upper - lower);
  return exceed[index - 1]! + part * (exceed[index]! - exceed[index - 1]!);
}

function hillTail(sorted: Float64Array): Calibration["tail"] {
  const count = sorted.length;
  let positive = count;
  while (positive > 0 && sorted[count - positive]! <= 0) positive--;
  const size = Math.min(positive - 1, Math.max(25, Math.ceil(count * tailShare)));
  if (size < leastTail) return { from: 0, share: 0, alpha: 1 };
  const from = sorted[count - 1 - size]!;
  let sum = 0;
  for (let index = count - size; index < count; index++) sum += Math.log(sorted[index]! / from);
  // Equal top scores give no slope at all; a steep one is the honest reading of "never higher than this".
  const alpha = sum > 0 ? Math.min(50, size / sum) : 50;
  return { from, share: size / count, alpha };
}
