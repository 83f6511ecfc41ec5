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

/** A score is left out where its count differs by no more than this part from that of the next higher level kept. */
const levelStep = 0.01;
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
  // From the top, since the rare scores are the ones that must be told apart; the lowest is kept in any case.
  for (let first = count - 1; first >= 0; first--) {
    const value = sorted[first]!;
    while (first > 0 && sorted[first - 1] === value) first--;
    const atLeast = count - first;
    const before = exceed.at(-1) ?? 0;
    if (atLeast <= before * (1 + levelStep) && first > 0) continue;
    levels.push(value);
    exceed.push(atLeast);
  }
  levels.reverse();
  exceed.reverse();
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
    const beyond =
      score > tail.from && tail.from > 0 ? tail.share * (score / tail.from) ** -tail.alpha : leastEmpirical;
    return Math.max(Number.MIN_VALUE, Math.min(leastEmpirical, beyond));
  }
  // The first level that is not below the score: so many normal scores are as high, or up to 1 % more.
  let low = 0;
  let high = levels.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (levels[middle]! >= score) high = middle;
    else low = middle + 1;
  }
  return (exceed[low]! + 1) / (count + 1);
}

/** The score whose p-value is closest to `p` from below: rows above it are flagged. Infinity where no score is so rare. */
export function scoreAt(calibration: Calibration, p: number): number {
  const { levels, exceed, count, tail } = calibration;
  for (let index = 0; index < levels.length; index++) {
    if ((exceed[index]! + 1) / (count + 1) <= p) return levels[index]!;
  }
  const highest = levels[levels.length - 1]!;
  if (tail.from <= 0) return p < 1 / (count + 1) ? Infinity : highest;
  return Math.max(highest, tail.from * (p / tail.share) ** (-1 / tail.alpha));
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
