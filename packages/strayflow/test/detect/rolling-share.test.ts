import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../../src/base/bytes.ts";
import { seededRandom } from "../../src/base/random.ts";
import { RollingShare } from "../../src/detect/rolling-share.ts";

function corrected(share: RollingShare, rows: number, pValue: (row: number) => number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => share.correct(pValue(row)));
}

function shareBelow(p: Float64Array, asked: number): number {
  return p.filter((one) => one <= asked).length / p.length;
}

const nothing = () => 1;
const anyP = fc.oneof(
  fc.constant(1),
  fc.double({ min: 0, max: 9, noNaN: true }).map((tens) => 10 ** -tens),
);

test("a p-value is never made smaller, nor larger than 1, and one that nobody flags is left alone", () => {
  fc.assert(
    fc.property(fc.array(anyP, { maxLength: 300, size: "max" }), (given) => {
      const share = new RollingShare();
      for (const p of given) {
        const now = share.correct(p);
        expect(p > 0.1 ? now === p : now >= p && now <= 1).toBe(true);
      }
    }),
  );
});

test.each([1000, 5000, 20_000, 700_000])("what happens for the first time in %i rows is flagged", (quiet) => {
  const share = new RollingShare();
  corrected(share, quiet, nothing);
  const p = share.correct(1e-6);
  // About one in the rows of two half-lives, or in those that there were.
  expect(p).toBeLessThan(1.5 / Math.min(quiet, 14_000));
  expect(p).toBeGreaterThan(0.5 / Math.min(quiet, 16_000));
});

test("p-values that keep their promise are hardly changed", () => {
  for (const seed of [1, 2, 3]) {
    const random = seededRandom(`uniform ${seed}`);
    const p = corrected(new RollingShare(), 100_000, () => 1 - random.uniform());
    for (const asked of [0.05, 0.01, 0.001]) {
      expect(shareBelow(p, asked)).toBeGreaterThan(0.4 * asked);
      expect(shareBelow(p, asked)).toBeLessThan(1.2 * asked);
    }
  }
});

test("a condition that lasts is flagged when it begins, and in the long run at about the asked rate", () => {
  for (const [seed, often] of [
    [1, 0.05],
    [2, 0.3],
    [3, 1],
  ] as const) {
    const random = seededRandom(`lasting ${seed}`);
    const share = new RollingShare();
    corrected(share, 30_000, nothing);
    // A neighbour that is always odd, at times more so: whatever it does is found a thousand times too rare.
    const odd = () => (random.uniform() < often ? (1 - random.uniform()) / 1000 : 1);
    const first = corrected(share, 200, odd);
    expect(Math.min(...first)).toBeLessThan(0.001);
    corrected(share, 60_000, odd);
    const later = corrected(share, 200_000, odd);
    for (const asked of [0.01, 0.001]) {
      expect(shareBelow(later, asked)).toBeGreaterThan(0.3 * asked);
      expect(shareBelow(later, asked)).toBeLessThan(1.3 * asked);
    }
  }
});

test("a condition that lasts is not flagged more often than asked, though all its rows are equally rare", () => {
  for (const often of [0.005, 0.05, 1]) {
    const random = seededRandom(`constant ${often}`);
    const share = new RollingShare();
    corrected(share, 30_000, nothing);
    const odd = () => (random.uniform() < often ? 1e-6 : 1);
    expect(Math.min(...corrected(share, 1000, odd))).toBeLessThan(0.001);
    corrected(share, 60_000, odd);
    const later = corrected(share, 100_000, odd);
    for (const asked of [0.01, 0.001]) expect(shareBelow(later, asked)).toBeLessThan(1.2 * asked);
  }
});

test("what is rarer than the lasting condition is flagged all the same", () => {
  const share = new RollingShare();
  corrected(share, 50_000, (row) => (row % 3 === 0 ? 1e-4 : 1));
  expect(share.correct(1e-4)).toBeGreaterThan(0.2);
  expect(share.correct(1e-7)).toBeLessThan(0.001);
});

test("a condition that ended is forgotten", () => {
  const share = new RollingShare();
  corrected(share, 20_000, () => 1e-5);
  expect(share.correct(1e-5)).toBeGreaterThan(0.9);
  corrected(share, 150_000, nothing);
  expect(share.correct(1e-5)).toBeLessThan(0.001);
});

test("written and read after any row, it goes on to the same bits", () => {
  fc.assert(
    fc.property(fc.array(anyP, { maxLength: 200, size: "max" }), fc.nat(), (given, cut) => {
      const whole = new RollingShare();
      const expected = given.map((p) => whole.correct(p));
      const at = cut % (given.length + 1);
      const first = new RollingShare();
      const found = given.slice(0, at).map((p) => first.correct(p));
      const out = new ByteWriter();
      first.write(out);
      const second = new RollingShare();
      const input = new ByteReader(out.finish(), "the test");
      second.read(input);
      input.end();
      expect([...found, ...given.slice(at).map((p) => second.correct(p))]).toEqual(expected);
    }),
  );
});
