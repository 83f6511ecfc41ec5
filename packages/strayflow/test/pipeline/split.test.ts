import fc from "fast-check";
import { expect, test } from "vitest";
import { partNames, splitRows, type Split } from "../../src/pipeline/split.ts";

/** Shares that add up to 1. */
const anyShares = fc
  .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }))
  .map(([a, b, c]) => ({ train: a / (a + b + c), validation: b / (a + b + c), test: c / (a + b + c) }));
const anyRows = fc.integer({ min: 0, max: 20_000 });

function dealt(rows: number, split: Split, seed = 1): number[] {
  const partOf = splitRows(rows, split, seed);
  return Array.from({ length: rows }, (_, row) => partOf(row));
}

test("by time, the parts follow one another and have their shares to the row", () => {
  fc.assert(
    fc.property(anyRows, anyShares, (rows, shares) => {
      const parts = dealt(rows, { kind: "time", shares });
      expect(parts).toEqual(parts.toSorted((a, b) => a - b));
      for (const [part, name] of partNames.entries()) {
        const count = parts.filter((one) => one === part).length;
        expect(Math.abs(count - rows * shares[name])).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 50 },
  );
});

test("at random, the parts have about their shares, everywhere in the stream", () => {
  fc.assert(
    fc.property(fc.integer({ min: 5000, max: 20_000 }), anyShares, fc.nat(1e6), (rows, shares, seed) => {
      const parts = dealt(rows, { kind: "random", shares }, seed);
      for (const half of [parts.slice(0, rows / 2), parts.slice(rows / 2)]) {
        for (const [part, name] of partNames.entries()) {
          const found = half.filter((one) => one === part).length / half.length;
          const deviation = Math.sqrt((shares[name] * (1 - shares[name])) / half.length);
          expect(Math.abs(found - shares[name])).toBeLessThan(6 * deviation);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test("at random, the same seed deals the same, another deals differently, and no row depends on how many there are", () => {
  const split = { kind: "random", shares: { train: 0.6, validation: 0.2, test: 0.2 } } as const;
  expect(dealt(3000, split, 5)).toEqual(dealt(3000, split, 5));
  expect(dealt(3000, split, 5)).not.toEqual(dealt(3000, split, 6));
  expect(dealt(3000, split, 5).slice(0, 100)).toEqual(dealt(100, split, 5));
});

test("at random, neighbours are dealt independently of one another", () => {
  const split = { kind: "random", shares: { train: 0.5, validation: 0.25, test: 0.25 } } as const;
  const parts = dealt(40_000, split, 7);
  for (const apart of [1, 2, 3, 64]) {
    let both = 0;
    for (let row = apart; row < parts.length; row++) if (parts[row] === 0 && parts[row - apart] === 0) both++;
    expect(Math.abs(both / (parts.length - apart) - 0.25)).toBeLessThan(0.012);
  }
});
