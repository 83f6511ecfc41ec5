import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { UsualRate } from "../../../src/detect/detectors/usual-rate.ts";
import { BehaviorRows, defaultLimits } from "../../../src/features/behavior/rows.ts";
import { makeBatch } from "../../features/make-batch.ts";
import { key, start } from "./bank.ts";

/** Recent and usual amounts of one host at each of the times, when `amounts[i]` is added at `times[i]`. */
function measure(times: readonly number[], amounts: readonly number[], perDay = 0, seconds = 0) {
  const rows = new BehaviorRows(key, defaultLimits, ["originator"]);
  const rate = new UsualRate(rows, "originator", "1h");
  return times.map((ts, i) => {
    rows.prepare(makeBatch([{ ts }]), 0, 1);
    for (const store of rate.stores) store.ensure(1);
    if (i === 0) rate.begin(0, 0, perDay, seconds);
    else rate.roll(0, 0);
    rate.add(0, amounts[i]!);
    return {
      recent: rate.recent(0, 0),
      usual: rate.usual(0, 0),
      surprise: rate.surprise(0, 0, rate.recent(0, 0)),
    };
  });
}

test("the recent and the usual amount agree with a slow reference", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = seededRandom(seed);
      let time = start;
      const times = Array.from({ length: 150 }, () => (time += random.uniform() ** 3 * 9000));
      const amounts = times.map(() => random.integer(5));
      const hour = (t: number) => Math.floor(t / 3600);
      const found = measure(times, amounts);
      const logs: number[] = [];
      times.forEach((now, i) => {
        if (i > 0 && hour(now) !== hour(times[i - 1]!)) {
          const last = times.reduce(
            (sum, t, j) => (j < i && hour(t) === hour(times[i - 1]!) ? sum + amounts[j]! : sum),
            0,
          );
          logs.push(Math.log(1 + last));
        }
        const inHour = (h: number) =>
          times.reduce((sum, t, j) => (j <= i && hour(t) === h ? sum + amounts[j]! : sum), 0);
        const left = 1 - (now / 3600 - hour(now));
        const recent = inHour(hour(now)) + left * inHour(hour(now) - 1);
        expect(found[i]!.recent).toBeCloseTo(recent, 6);

        const damped = times.reduce(
          (sum, t, j) => (j <= i ? sum + amounts[j]! * 2 ** ((t - now) / 86_400) : sum),
          0,
        );
        const mean = logs.reduce((sum, x) => sum + x, 0) / Math.max(1, logs.length);
        const spread = Math.min(
          6,
          logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, logs.length),
        );
        const network = Math.exp(mean + spread / 2) - 1;
        const age = (86_400 / Math.LN2) * (1 - 2 ** (-(now - times[0]!) / 86_400));
        const usual = (Math.max(0, damped - recent) + 3 * network) / (Math.max(0, age / 3600 - 1) + 3);
        expect(Math.abs(found[i]!.usual - usual)).toBeLessThan(0.02 * (1 + usual));
      });
    }),
    { numRuns: 20 },
  );
});

test("what training knew of a host is usual for it from its first row, and fades into what it does", () => {
  const [first] = measure([start], [0], 240, 10 * 86_400);
  expect(first!.usual).toBeGreaterThan(8);
  expect(first!.usual).toBeLessThan(10.5);
  const hours = Array.from({ length: 24 * 8 }, (_, i) => start + 3600 * i);
  const quiet = measure(
    hours,
    hours.map(() => 1),
    240,
    10 * 86_400,
  ).at(-1)!;
  expect(quiet.usual).toBeGreaterThan(0.8);
  expect(quiet.usual).toBeLessThan(1.2);
});

test("surprise grows with the amount, is 0 up to the usual one, and 0 while nothing was seen", () => {
  const hours = Array.from({ length: 60 }, (_, i) => start + 3600 * i + 1800);
  const after = (amount: number) =>
    measure([...hours, hours.at(-1)! + 3600], [...hours.map(() => 2), amount]).at(-1)!.surprise;
  expect(after(0)).toBe(0);
  expect(after(20)).toBeGreaterThan(2);
  expect(after(200)).toBeGreaterThan(after(20) + 3);
  expect(measure([start], [200])[0]!.surprise).toBe(0);
});
