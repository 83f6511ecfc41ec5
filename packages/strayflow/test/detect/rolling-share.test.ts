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

test.each([5000, 20_000, 11_000_000])("what happens for the first time in %i rows is flagged", (quiet) => {
  const share = new RollingShare();
  for (let row = 0; row < quiet; row++) share.correct(1);
  const p = share.correct(1e-6);
  expect(p).toBeLessThan(0.001);
  // But not as rarer than one in the rows that it can look back on, some two half-lives.
  expect(p).toBeGreaterThan(1 / 16_000);
});

/** A voter is given a part of the rate, since there are several: about a third. */
const isPartOf = (asked: number, flagged: number) => flagged > 0.1 * asked && flagged < asked;

test("of p-values that keep their promise about the part is flagged that the voter is given", () => {
  for (const seed of [1, 2, 3]) {
    const random = seededRandom(`uniform ${seed}`);
    const p = corrected(new RollingShare(), 100_000, () => 1 - random.uniform());
    for (const asked of [0.05, 0.01, 0.001]) expect(isPartOf(asked, shareBelow(p, asked))).toBe(true);
  }
});

test("a condition that lasts is flagged when it begins, and in the long run as often as the voter's part of the rate allows", () => {
  for (const often of [0.05, 0.3, 1]) {
    const random = seededRandom(`lasting ${often}`);
    const share = new RollingShare();
    corrected(share, 30_000, nothing);
    // A neighbour that is always odd, at times more so: whatever it does is found a thousand times too rare.
    const odd = () => (random.uniform() < often ? (1 - random.uniform()) / 1000 : 1);
    const first = corrected(share, 200, odd);
    expect(Math.min(...first)).toBeLessThan(0.001);
    corrected(share, 60_000, odd);
    const later = corrected(share, 200_000, odd);
    for (const asked of [0.01, 0.001]) expect(isPartOf(asked, shareBelow(later, asked))).toBe(true);
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
    for (const asked of [0.01, 0.001]) expect(shareBelow(later, asked)).toBeLessThan(asked);
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
