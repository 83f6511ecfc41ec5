import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import type { Random } from "../../../src/base/random.ts";
import { Regularity } from "../../../src/detect/detectors/regularity.ts";
import {
  addToHistogram,
  gapBin,
  GAP_BINS,
  gapOfBin,
  sizeBin,
  SIZE_BINS,
} from "../../../src/detect/detectors/sharpness.ts";

/** Evidence after so many gaps. */
function evidenceOf(gaps: readonly number[], bytes: (i: number) => number = () => NaN): number {
  const regularity = new Regularity(4);
  let slot = 0;
  gaps.forEach((gap, i) => {
    slot = regularity.claim(7, i === 0);
    regularity.add(slot, gap, bytes(i));
  });
  return regularity.evidence(slot);
}

const times = (count: number, gap: (i: number) => number) => Array.from({ length: count }, (_, i) => gap(i));
const jittered = (random: Random, period: number, jitter: number) =>
  period * (1 + jitter * (2 * random.uniform() - 1));
const exponential = (random: Random, mean: number) => -mean * Math.log(1 - random.uniform());

test("a beat of any period is evidence: with 40 % jitter, with missed beats, over a night's silence", () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 30, max: 7200, noNaN: true }), (seed, period) => {
      const random = seededRandom(seed);
      expect(evidenceOf(times(100, () => jittered(random, period, 0.4)))).toBeGreaterThan(8);
      expect(evidenceOf(times(100, () => jittered(random, period, 0.05)))).toBeGreaterThan(25);
      expect(
        evidenceOf(times(100, () => jittered(random, period, 0.1) * (random.uniform() < 0.15 ? 2 : 1))),
      ).toBeGreaterThan(15);
      expect(evidenceOf(times(100, (i) => (i % 30 === 29 ? 50_000 : period)))).toBeGreaterThan(25);
    }),
    { numRuns: 25 },
  );
});

test("random arrivals of any rate, bursts of them and page loads are none, however long they go on", () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 1, max: 7200, noNaN: true }), (seed, mean) => {
      const random = seededRandom(seed);
      expect(evidenceOf(times(1000, () => exponential(random, mean)))).toBeLessThan(12);
      const bursts = () => exponential(random, random.uniform() < 0.8 ? mean / 50 : mean * 4);
      expect(evidenceOf(times(1000, bursts))).toBeLessThan(15);
      const pages = () =>
        random.uniform() < 0.85 ? random.uniform() * 0.08 : Math.exp(4 + 2 * random.normal());
      expect(evidenceOf(times(1000, pages))).toBeLessThan(12);
    }),
    { numRuns: 25 },
  );
});

test("quick beats prove little: what counts is for how long they go on", () => {
  const aMinute = evidenceOf(times(60, () => 1));
  const aDay = evidenceOf(times(86_400, () => 1));
  expect(aMinute).toBeLessThan(3);
  expect(aDay).toBeGreaterThan(1000);
  const tenths = evidenceOf(times(36_000, () => 0.1));
  expect(tenths).toBeGreaterThan(50);
  expect(tenths).toBeLessThan(150);
});

test("equal sizes add up to a half, and say nothing by themselves", () => {
  const random = seededRandom(3);
  const beat = times(100, () => jittered(random, 300, 0.2));
  expect(evidenceOf(beat, () => 512) / evidenceOf(beat)).toBeCloseTo(1.5, 5);
  const noise = times(400, () => exponential(random, 300));
  expect(evidenceOf(noise, () => 512)).toBeLessThan(10);
});

test("the period, its jitter and the size are described as they are", () => {
  const random = seededRandom(9);
  const regularity = new Regularity(2);
  for (let i = 0; i < 80; i++) {
    regularity.add(regularity.claim(1, i === 0), i % 9 === 8 ? 900 : jittered(random, 60, 0.03), 512);
  }
  const { period, deviation, bytes, bytesDeviation } = regularity.describe(regularity.claim(1, false));
  expect(Math.abs(period - 60)).toBeLessThan(2);
  expect(deviation).toBeLessThan(2);
  expect([bytes, bytesDeviation]).toEqual([512, 0]);
});

test("a pair that was forgotten starts anew", () => {
  const regularity = new Regularity(1);
  for (let i = 0; i < 50; i++) regularity.add(regularity.claim(1, i === 0), 60, NaN);
  expect(regularity.evidence(regularity.claim(1, false))).toBeGreaterThan(10);
  for (let other = 2; other < 40; other++) regularity.claim(other, true);
  expect(regularity.evidence(regularity.claim(1, false))).toBe(0);
});

test("the histogram foretells as a slow reference does", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: GAP_BINS - 1 }), { minLength: 1, maxLength: 300 }), (bins) => {
      const counts = new Float32Array(GAP_BINS + 3);
      let plain = new Map<number, number>();
      for (const bin of bins) {
        const total = [...plain.values()].reduce((sum, count) => sum + count, 0);
        const at = (i: number) => plain.get(i) ?? 0;
        const fine = 0.25 * at(bin - 1) + 0.5 * at(bin) + 0.25 * at(bin + 1);
        let wide = 1;
        for (let i = bin - 8; i <= bin + 8; i++) wide += at(i);
        const expected = total === 0 ? 0 : Math.log(0.1 + (0.9 * fine * 17) / wide);
        expect(addToHistogram(counts, 1, GAP_BINS, bin)).toBeCloseTo(expected, 4);
        if (total >= 64) plain = new Map([...plain].map(([i, count]) => [i, count / 2]));
        plain.set(bin, at(bin) + 1);
      }
      expect(counts[0]).toBe(0);
      expect(counts[GAP_BINS + 2]).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test("bins are a quarter of an octave, and every gap and size has one", () => {
  for (const gap of [0, 1e-6, 0.001, 0.5, 1, 60, 86_400, 1e9]) {
    expect(gapBin(gap)).toBeGreaterThanOrEqual(0);
    expect(gapBin(gap)).toBeLessThan(GAP_BINS);
  }
  for (const bytes of [0, 1, 1500, 1e6, 9e15]) expect(sizeBin(bytes)).toBeLessThan(SIZE_BINS);
  for (let bin = 8; bin < GAP_BINS - 1; bin++) expect(gapBin(gapOfBin(bin))).toBe(bin);
  expect(gapBin(240) - gapBin(60)).toBe(8);
});
