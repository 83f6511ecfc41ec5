import { assert } from "../base/errors.ts";

/** Scores of the two sides of a test, larger meaning stranger. */
export interface ScoredTest {
  readonly normal: Float64Array;
  readonly attack: Float64Array;
}

/**
 * Share of (attack, normal) pairs in which the attack scores higher, a tie counting half: the area under the ROC curve
 * (Mann and Whitney 1947; Hanley and McNeil 1982). `undefined` where a side is empty.
 */
export function rocAuc({ normal, attack }: ScoredTest): number | undefined {
  if (normal.length === 0 || attack.length === 0) return undefined;
  const low = sortedScores(normal);
  const high = sortedScores(attack);
  let below = 0;
  let upTo = 0;
  let pairs = 0;
  for (const score of high) {
    while (below < low.length && low[below]! < score) below++;
    while (upTo < low.length && low[upTo]! <= score) upTo++;
    pairs += (below + upTo) / 2;
  }
  return pairs / (low.length * high.length);
}

/**
 * Average precision: precision at each distinct score, weighted by the recall that it adds; rows of one score enter
 * together (as scikit-learn's `average_precision_score`). Depends on the share of attacks in the test. `undefined` where
 * a side is empty.
 */
export function prAuc({ normal, attack }: ScoredTest): number | undefined {
  if (normal.length === 0 || attack.length === 0) return undefined;
  const low = sortedScores(normal);
  const high = sortedScores(attack);
  let l = low.length;
  let h = high.length;
  let area = 0;
  while (h > 0) {
    const score = high[h - 1]!;
    const before = h;
    while (h > 0 && high[h - 1] === score) h--;
    while (l > 0 && low[l - 1]! >= score) l--;
    const found = high.length - h;
    area += ((before - h) / high.length) * (found / (found + low.length - l));
  }
  return area;
}

/** How far a false-alarm rate can be known from so many calibration rows. */
export type RateSupport = "none" | "rough" | "sound";

/**
 * `none`: fewer than one row is expected above the cut, so no cut can be found. `rough`: fewer than ten, so the realised
 * rate of the very same traffic scatters by a third or more.
 */
export function rateSupport(rows: number, rate: number): RateSupport {
  // 1,000 rows times 0.001 must count as one row, whatever the last bit says.
  const expected = rows * rate * (1 + 1e-12);
  if (expected < 1) return "none";
  return expected < 10 ? "rough" : "sound";
}

/**
 * The smallest score such that at most `rate` of the calibration rows score higher; a row is flagged when it scores
 * higher than this. `undefined` where the rows are too few to say.
 *
 * @param calibration scores of normal rows that were neither trained on nor tested
 */
export function cutAt(calibration: Float64Array, rate: number): number | undefined {
  return cutOfSorted(sortedScores(calibration), rate);
}

/** `cutAt` for scores in ascending order. */
export function cutOfSorted(sorted: Float64Array, rate: number): number | undefined {
  if (rateSupport(sorted.length, rate) === "none") return undefined;
  const allowed = Math.floor(sorted.length * rate * (1 + 1e-12));
  return sorted[Math.max(0, sorted.length - 1 - allowed)];
}

/** Share of the rows that score higher than the cut; `undefined` without rows. */
export function shareAbove(scores: Float64Array, cut: number): number | undefined {
  if (scores.length === 0) return undefined;
  let above = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i]! > cut) above++;
  return above / scores.length;
}

/** A sorted copy. A score that is not a number is a fault of the detector, and would sort anywhere. */
export function sortedScores(scores: Float64Array): Float64Array {
  const sorted = scores.slice().sort();
  // Typed arrays sort NaN to the end.
  assert(sorted.length === 0 || !Number.isNaN(sorted.at(-1)!), "a score is not a number");
  return sorted;
}
