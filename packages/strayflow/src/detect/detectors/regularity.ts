import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { finishHash } from "../../features/behavior/fingerprint.ts";
import { KeyTable } from "../../features/behavior/key-table.ts";
import { slotDoubles, slotFloats } from "../../features/behavior/slot-array.ts";
import { addToHistogram, gapBin, GAP_BINS, gapOfBin, sizeBin, SIZE_BINS } from "./sharpness.ts";

/** What is remembered of how regularly something happens: about 1 kB each for a bounded number of pairs. */
export class Regularity {
  readonly #table: KeyTable;
  readonly #gaps = slotFloats("target", GAP_BINS + 1);
  readonly #sizes = slotFloats("target", SIZE_BINS + 1);
  /** Evidence of the gaps, evidence of the sizes, gaps seen, mean size, mean deviation of the size. */
  readonly #sums = slotDoubles("target", SUMS);
  readonly #lastGaps = slotFloats("target", LAST_GAPS);
  readonly #stores = [this.#gaps, this.#sizes, this.#sums, this.#lastGaps];

  constructor(limit: number) {
    this.#table = new KeyTable(limit);
  }

  /** Where a pair is remembered; emptied where `isFirst`, or where the pair was forgotten meanwhile. */
  claim(pair: number, isFirst: boolean): number {
    const claimed = this.#table.claim(finishHash(pair), pair);
    const slot = claimed < 0 ? ~claimed : claimed;
    if (claimed < 0 || isFirst) {
      for (const store of this.#stores) {
        store.ensure(this.#table.used, this.#table.limit);
        store.clear(slot);
      }
    }
    return slot;
  }

  /**
   * Takes the time since the last call and the bytes that this one sent (NaN or 0 where nothing is known to have been).
   * Returns by how much the evidence of the gaps changed.
   *
   * A gap is evidence as far as the fine histogram of the gaps before it foretold it better than the coarse one did (a log
   * likelihood ratio), less an allowance, summed and never below 0 (the CUSUM chart of Page 1954). So a missed
   * beat or a night's silence costs a little and the rest goes on. What is quick to repeat proves little: a gap of g seconds weighs
   * g / (g + 60), so about one beat a minute counts, however fast they come.
   */
  add(slot: number, gap: number, bytes: number): number {
    const sums = this.#sums.data;
    const at = slot * SUMS;
    const weight = gap / (gap + BEAT);
    const before = sums[at]!;
    const foretold = addToHistogram(this.#gaps.data, slot * (GAP_BINS + 1), GAP_BINS, gapBin(gap));
    sums[at] = Math.max(0, before + weight * (foretold - ALLOWANCE));
    this.#lastGaps.data[slot * LAST_GAPS + (sums[at + 2]! % LAST_GAPS)] = gap;
    sums[at + 2]! += 1;
    if (bytes > 0) {
      const expected = addToHistogram(this.#sizes.data, slot * (SIZE_BINS + 1), SIZE_BINS, sizeBin(bytes));
      sums[at + 1] = Math.max(0, sums[at + 1]! + weight * (expected - ALLOWANCE));
      const count = Math.min(sums[at + 2]!, LAST_GAPS);
      const off = bytes - sums[at + 3]!;
      sums[at + 3]! += sums[at + 3] === 0 ? bytes : off / count;
      sums[at + 4]! += (Math.abs(sums[at + 3] === bytes ? 0 : off) - sums[at + 4]!) / count;
    }
    return sums[at] - before;
  }

  /** Evidence of regularity, in nats. Equal sizes add up to half of what the gaps say, but say nothing by themselves. */
  evidence(slot: number): number {
    const gaps = this.#sums.data[slot * SUMS]!;
    const sizes = this.#sums.data[slot * SUMS + 1]!;
    return gaps + 0.5 * Math.min(gaps, sizes);
  }

  /** The period: median of the last gaps near the one that is most usual, and their median deviation from it; the size. */
  describe(slot: number): { period: number; deviation: number; bytes: number; bytesDeviation: number } {
    const counts = this.#gaps.data.subarray(slot * (GAP_BINS + 1), (slot + 1) * (GAP_BINS + 1) - 1);
    const near = (bin: number) => (counts[bin - 1] ?? 0) + counts[bin]! + (counts[bin + 1] ?? 0);
    let mode = 0;
    for (let bin = 0; bin < GAP_BINS; bin++) {
      if (near(bin) * weightOf(bin) > near(mode) * weightOf(mode)) mode = bin;
    }
    const sums = this.#sums.data.subarray(slot * SUMS, (slot + 1) * SUMS);
    const count = Math.min(sums[2]!, LAST_GAPS);
    const last = Array.from(this.#lastGaps.data.subarray(slot * LAST_GAPS, slot * LAST_GAPS + count));
    const core = last.filter((gap) => Math.abs(gapBin(gap) - mode) <= CORE);
    const period = core.length > 0 ? median(core) : gapOfBin(mode);
    const deviation = median(core.map((gap) => Math.abs(gap - period)));
    return { period, deviation, bytes: sums[3]!, bytesDeviation: sums[4]! };
  }

  write(out: ByteWriter): void {
    this.#table.write(out);
    for (const store of this.#stores) store.write(out, this.#table.used);
  }

  read(input: ByteReader): void {
    this.#table.read(input);
    for (const store of this.#stores) {
      store.ensure(this.#table.used, this.#table.limit);
      store.read(input, this.#table.used);
    }
  }
}

function weightOf(bin: number): number {
  return gapOfBin(bin) / (gapOfBin(bin) + BEAT);
}

/** 0 of nothing. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const SUMS = 5;
const LAST_GAPS = 16;
/** Seconds. */
const BEAT = 60;
/**
 * Nats that a beat must be worth. Random gaps, whatever their rate, are worth 0.1 on average or less; uniform jitter of 40 %
 * leaves about 1.
 */
const ALLOWANCE = 0.5;
/** Bins to both sides of the most usual gap that count as the same: a factor of 1.7. */
const CORE = 3;
