import type { ByteReader, ByteWriter } from "../base/bytes.ts";

/**
 * Holds a voter to the rate that its p-values promise: no p-value may be smaller than the share of recent rows that this
 * voter found as rare, times `VOTERS`: several such voters share one rate.
 *
 * The calibration of a detector rests on few independent pairs and hosts, and one noisy neighbour that was not there then
 * would be flagged with every connection from now on. So a lasting condition is flagged when it begins and then as often as was
 * asked for, rather than always. An attack that fills the log therefore goes on being reported, at the asked rate.
 */
export class RollingShare {
  /** Weight of rows by -log10 p; those that are not rare at all are in `#total` alone. */
  readonly #weights = new Float64Array(BINS);
  #total = PRIOR_ROWS;
  /** Weight of the next row: it grows, instead of all others shrinking. */
  #next = 1;

  /** The p-value of the next row, corrected; then remembers it as it was given. */
  correct(pValue: number): number {
    let corrected = pValue;
    if (pValue <= MOST_COUNTED) {
      const bin = binOf(pValue);
      let rarer = this.#next;
      for (let i = bin; i < BINS; i++) rarer += this.#weights[i]!;
      corrected = Math.max(pValue, Math.min(1, (VOTERS * rarer) / (this.#total + this.#next)));
      this.#weights[bin]! += this.#next;
    }
    this.#total += this.#next;
    this.#next *= GROWTH;
    if (this.#next > RESCALE) this.#rescale();
    return corrected;
  }

  write(out: ByteWriter): void {
    out.float64(this.#total);
    out.float64(this.#next);
    for (const weight of this.#weights) out.float64(weight);
  }

  read(input: ByteReader): void {
    this.#total = input.float64();
    this.#next = input.float64();
    for (let i = 0; i < BINS; i++) this.#weights[i] = input.float64();
  }

  #rescale(): void {
    for (let i = 0; i < BINS; i++) this.#weights[i]! /= this.#next;
    this.#total /= this.#next;
    this.#next = 1;
  }
}

/** p-values above this are flagged by nobody and need no correction. */
const MOST_COUNTED = 0.1;
const BINS = 64;
const BINS_PER_DECADE = 8;
/** After so many rows a row weighs half. */
const HALF_LIFE_ROWS = 10_000;
const GROWTH = 2 ** (1 / HALF_LIFE_ROWS);
const RESCALE = 2 ** 64;
/** Of the detectors, so many may have a lasting condition to report before together they exceed the rate. */
const VOTERS = 3;
/** Rows of nothing that it starts with. */
const PRIOR_ROWS = 100;

function binOf(pValue: number): number {
  return Math.min(BINS - 1, Math.floor(-Math.log10(pValue) * BINS_PER_DECADE));
}
