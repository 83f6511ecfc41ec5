import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../../src/base/bytes.ts";
import { seededRandom } from "../../src/base/random.ts";
import { RollingShares } from "../../src/detect/rolling-shares.ts";

const VOTERS = 4;

/** p-values of the rows that one voter speaks of, corrected; the others are silent. */
function corrected(
  shares: RollingShares,
  rows: number,
  pValue: (row: number) => number,
  voter = 0,
): Float64Array {
  const said = new Float64Array(VOTERS);
  return Float64Array.from({ length: rows }, (_, row) => {
    said.fill(1);
    said[voter] = pValue(row);
    shares.correct(said, 1, true);
    return said[voter];
  });
}

function shareBelow(p: Float64Array, asked: number): number {
  return p.filter((one) => one <= asked).length / p.length;
}

const nothing = () => 1;
const anyP = fc.oneof(
  fc.constant(1),
  fc.double({ min: 0, max: 9, noNaN: true }).map((tens) => 10 ** -tens),
);
const anyRow = fc.record({
  said: fc.array(anyP, { minLength: VOTERS, maxLength: VOTERS }),
  otherwise: anyP,
  isOrdinary: fc.boolean(),
});
const anyRows = fc.array(anyRow, { maxLength: 300, size: "max" });

function saved(shares: RollingShares): Uint8Array {
  const out = new ByteWriter();
  shares.write(out);
  return out.finish();
}

function restored(bytes: Uint8Array): RollingShares {
  const shares = new RollingShares(VOTERS);
  const input = new ByteReader(bytes, "the test");
  shares.read(input);
  input.end();
  return shares;
}

test("a p-value is never made smaller, nor larger than 1, and one that nobody flags is left alone", () => {
  fc.assert(
    fc.property(anyRows, fc.nat({ max: 100_000 }), (rows, before) => {
      const shares = new RollingShares(VOTERS, before);
      for (const { said, otherwise, isOrdinary } of rows) {
        const now = Float64Array.from(said);
        shares.correct(now, otherwise, isOrdinary);
        now.forEach((p, voter) =>
          expect(said[voter]! > 0.1 ? p === said[voter] : p >= said[voter]! && p <= 1).toBe(true),
        );
      }
    }),
  );
});

test("whatever the voters say, and however it grows, no more than the rate is flagged in the long run", () => {
  const random = seededRandom("any voters");
  const stories: readonly ((row: number) => number)[] = [
    () => 1e-9,
    // Each row rarer than all before it, time and again.
    (row) => 10 ** (-1 - (row % 800) / 100),
    () => 10 ** (-10 * random.uniform()),
    (row) => (row % 5000 < 700 ? 1e-4 : 1),
  ];
  const shares = new RollingShares(VOTERS);
  const said = new Float64Array(VOTERS);
  const rows = 120_000;
  const flagged = new Map([0.05, 0.01, 0.001].map((asked) => [asked, 0]));
  for (let row = 0; row < rows; row++) {
    stories.forEach((story, voter) => (said[voter] = story(row)));
    shares.correct(said, 1, true);
    const least = Math.min(...said);
    for (const [asked, count] of flagged) if (least <= asked) flagged.set(asked, count + 1);
  }
  for (const [asked, count] of flagged) {
    expect(count / rows).toBeLessThan(asked);
    expect(count / rows).toBeGreaterThan(0.3 * asked);
  }
});

test.each([5000, 20_000, 11_000_000])("what happens for the first time in %i rows is flagged", (quiet) => {
  const shares = new RollingShares(VOTERS, quiet);
  const expected = shares.rarest();
  const [p] = corrected(shares, 1, () => 1e-8);
  expect(p).toBe(expected);
  // A third of the rate, one row.
  expect(p! * quiet).toBeGreaterThan(2);
  expect(p! * quiet).toBeLessThan(6);
});

test("rows that came before count as if they had been heard", () => {
  const told = new RollingShares(VOTERS, 20_000);
  const heard = new RollingShares(VOTERS);
  corrected(heard, 20_000, nothing);
  expect(told.rarest()).toBe(heard.rarest());
});

test.each([0.05, 0.3, 1])(
  "a condition that lasts with a share of %f of the rows is flagged when it begins, and in the long run at the voter's part of the rate, though all its rows are equally rare",
  (often) => {
    for (const rarity of [() => 1e-6, (one: number) => (1 - one) / 1000]) {
      const random = seededRandom(`lasting ${often}`);
      const shares = new RollingShares(VOTERS);
      corrected(shares, 30_000, nothing);
      const odd = () => (random.uniform() < often ? rarity(random.uniform()) : 1);
      expect(Math.min(...corrected(shares, 200, odd))).toBeLessThan(0.001);
      corrected(shares, 100_000, odd);
      const later = corrected(shares, 200_000, odd);
      for (const asked of [0.01, 0.001]) {
        expect(shareBelow(later, asked) / asked).toBeGreaterThan(0.25);
        expect(shareBelow(later, asked) / asked).toBeLessThan(0.42);
      }
    }
  },
);

test("a burst in which each row is rarer than the last is flagged when it begins, not with every row", () => {
  const shares = new RollingShares(VOTERS, 20_000);
  const p = corrected(shares, 1000, (row) => 10 ** (-1 - row / 150));
  expect(Math.min(...p)).toBeLessThan(0.001);
  // Of 850 rows that rare.
  expect(p.filter((one) => one <= 0.01).length).toBeLessThan(200);
});

test("what is rarer than a lasting condition is flagged all the same, and so is what another voter finds", () => {
  const shares = new RollingShares(VOTERS);
  corrected(shares, 50_000, (row) => (row % 3 === 0 ? 2e-3 : 1));
  expect(corrected(shares, 1, () => 1e-7)[0]).toBeLessThan(0.001);
  expect(corrected(shares, 1, () => 1e-7, 2)[0]).toBeLessThan(0.001);
});

test("a voter that was silent is heard although all others go on about something", () => {
  const shares = new RollingShares(VOTERS);
  const said = new Float64Array(VOTERS);
  for (let row = 0; row < 60_000; row++) {
    said.fill(1e-8);
    said[3] = 1;
    shares.correct(said, 1, true);
  }
  said.fill(1e-8);
  shares.correct(said, 1, true);
  expect(said[3]).toBeLessThan(0.001);
});

test("an attack that fills the log makes no room for others", () => {
  const attacked = new RollingShares(VOTERS, 10_000);
  const said = new Float64Array(VOTERS);
  for (let row = 0; row < 50_000; row++) attacked.correct(said.fill(1), 1, false);
  expect(saved(attacked)).toEqual(saved(new RollingShares(VOTERS, 10_000)));
});

test("what would be flagged anyway takes no room from other rows", () => {
  const shares = new RollingShares(VOTERS, 20_000);
  const said = new Float64Array(VOTERS);
  for (let row = 0; row < 5000; row++) shares.correct(said.fill(1e-8), 1e-9, false);
  expect(saved(shares)).toEqual(saved(new RollingShares(VOTERS, 20_000)));
  // A network that finds them one in thirty leaves all rarer ones to the voters.
  for (let row = 0; row < 5000; row++) shares.correct(said.fill(1e-8), 0.03, true);
  expect(corrected(shares, 1, () => 1e-8)[0]).toBeGreaterThan(0.001);
});

test("in a short log, rows of which each is rarer than the last are no more than the rate has room for", () => {
  const shares = new RollingShares(VOTERS, 1000);
  const p = corrected(shares, 60, (row) => 10 ** (-1.9 - row / 30));
  // A third of 1 % of some 1,100 rows.
  expect(p.filter((one) => one <= 0.0101).length).toBeGreaterThan(0);
  expect(p.filter((one) => one <= 0.0101).length).toBeLessThan(6);
});

test("a condition that ended is forgotten", () => {
  const shares = new RollingShares(VOTERS);
  corrected(shares, 20_000, () => 1e-5);
  expect(
    shareBelow(
      corrected(shares, 100, () => 1e-5),
      0.01,
    ),
  ).toBeLessThan(0.05);
  corrected(shares, 400_000, nothing);
  expect(corrected(shares, 1, () => 1e-5)[0]).toBeLessThan(0.001);
});

test("written and read after any row, it goes on to the same bits", () => {
  fc.assert(
    fc.property(anyRows, fc.nat(), (rows, cut) => {
      const hear = (shares: RollingShares, some: typeof rows) =>
        some.map(({ said, otherwise, isOrdinary }) => {
          const now = Float64Array.from(said);
          shares.correct(now, otherwise, isOrdinary);
          return [...now];
        });
      const whole = new RollingShares(VOTERS, 7);
      const expected = hear(whole, rows);
      const at = cut % (rows.length + 1);
      const first = new RollingShares(VOTERS, 7);
      const found = hear(first, rows.slice(0, at));
      const second = restored(saved(first));
      expect([...found, ...hear(second, rows.slice(at))]).toEqual(expected);
      expect(saved(second)).toEqual(saved(whole));
    }),
  );
});
