import { ln } from "../../features/behavior/logarithm.ts";

/**
 * A histogram on a logarithmic scale, four bins an octave: counts by bin, then their sum. Halved when 64 are in it, so
 * that it follows a change of habit. Gaps from a millisecond to 3 days; sizes from a byte to 16 MB.
 */
export const GAP_BINS = 112;
export const SIZE_BINS = 96;

export function gapBin(seconds: number): number {
  const bin = BINS_PER_NAT * ln(1 + seconds * 1000);
  return bin < GAP_BINS ? bin | 0 : GAP_BINS - 1;
}

/** Middle of a bin, seconds. */
export function gapOfBin(bin: number): number {
  return Math.expm1((bin + 0.5) / BINS_PER_NAT) / 1000;
}

export function sizeBin(bytes: number): number {
  const bin = BINS_PER_NAT * ln(1 + bytes);
  return bin < SIZE_BINS ? bin | 0 : SIZE_BINS - 1;
}

/**
 * Counts a value in the histogram at `at`, and returns how well it was foretold: ln of the probability that the counts
 * before it gave its bin when smoothed over three bins, against that when smoothed over 17, four octaves. The second is what a
 * process without a beat would do that has the same rates, be it one or several; so bursts, random arrivals and slow
 * drifts foretell nothing. A tenth of the second is mixed into the first, so one surprise costs at most ln 10.
 */
export function addToHistogram(counts: Float32Array, at: number, bins: number, bin: number): number {
  const here = at + bin;
  const end = at + bins;
  let foretold = 0;
  if (counts[end]! > 0) {
    const fine =
      0.5 * counts[here]! +
      0.25 * ((bin > 0 ? counts[here - 1]! : 0) + (bin + 1 < bins ? counts[here + 1]! : 0));
    const from = bin > REACH ? here - REACH : at;
    const to = bin + REACH < bins ? here + REACH : end - 1;
    // One more, that nothing is impossible.
    let wide = 1;
    for (let i = from; i <= to; i++) wide += counts[i]!;
    foretold = ln((0.9 * fine * (2 * REACH + 1)) / wide + 0.1);
    if (counts[end]! >= MOST_COUNTS) {
      for (let i = at; i <= end; i++) counts[i]! *= 0.5;
    }
  }
  counts[here]! += 1;
  counts[end]! += 1;
  return foretold;
}

const BINS_PER_NAT = 4 / Math.LN2;
const REACH = 8;
const MOST_COUNTS = 64;
