import fc from "fast-check";
import { expect, test } from "vitest";
import { ExpectedError } from "../../../src/base/errors.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { detectors, nothingKnown, openDetectors, sentenceOf } from "../../../src/detect/detectors/index.ts";
import { makeBatch } from "../../features/make-batch.ts";
import type { SomeConnection } from "../../features/make-batch.ts";
import { randomRows } from "../../features/random-rows.ts";
import { randomTraffic } from "../../features/behavior/random-traffic.ts";
import { spoofedFlood } from "../../features/behavior/spoofed-flood.ts";
import { columnOf, fill, key, learn, width } from "./bank.ts";

const known = nothingKnown();
const streams = fc.record({ seed: fc.nat(), rows: fc.integer({ min: 2, max: 1200 }), cut: fc.nat() });
const fewRuns = { numRuns: 12 };
const tight = {
  originator: 3,
  responder: 7,
  pair: 12,
  target: 15,
  originatorService: 9,
  responderService: 9,
};

test("cutting the stream into batches anywhere changes nothing, even where everybody is soon forgotten", () => {
  fc.assert(
    fc.property(streams, fc.boolean(), ({ seed, rows, cut }, forgetful) => {
      const traffic = randomTraffic(seededRandom(seed), rows);
      const at = cut % rows;
      const knowledge = learn(traffic.slice(0, at));
      const options = forgetful ? { limits: tight } : {};
      const bank = openDetectors(key, knowledge, undefined, options);
      const pieces = [...fill(bank, traffic.slice(0, at)), ...fill(bank, traffic.slice(at))];
      const whole = fill(openDetectors(key, knowledge, undefined, options), traffic);
      expect(Float32Array.from(pieces)).toEqual(whole);
    }),
    fewRuns,
  );
});

test("a bank that is opened with a saved state continues bit for bit, and saves the same state", () => {
  fc.assert(
    fc.property(streams, ({ seed, rows, cut }) => {
      const traffic = randomTraffic(seededRandom(seed), rows, 300);
      const at = cut % rows;
      const first = openDetectors(key, known, undefined, { limits: tight });
      fill(first, traffic.slice(0, at));
      const second = openDetectors(key, known, first.save(), { limits: tight });
      expect(fill(second, traffic.slice(at))).toEqual(fill(first, traffic.slice(at)));
      expect(second.save()).toEqual(first.save());
    }),
    fewRuns,
  );
});

test("changing a later row changes no earlier statistic", () => {
  fc.assert(
    fc.property(streams, ({ seed, rows, cut }) => {
      const traffic = randomTraffic(seededRandom(seed), rows);
      const at = cut % rows;
      const other = [...traffic.slice(0, at), ...randomTraffic(seededRandom(seed + 1), rows - at)];
      const untouched = (matrix: Float32Array) => matrix.subarray(0, at * width);
      expect(untouched(fill(openDetectors(key, known), other))).toEqual(
        untouched(fill(openDetectors(key, known), traffic)),
      );
    }),
    fewRuns,
  );
});

test("every statistic is finite and not negative, and every sentence can be said, whatever the log says", () => {
  const absurd = [
    { ts: 1e300, duration: Infinity },
    { ts: -1e300, duration: -5 },
    { ts: NaN, duration: NaN, orig_bytes: NaN, resp_bytes: Infinity },
    { ts: 1.7e9, duration: 1e18, orig_bytes: 1e308, resp_bytes: -1 },
    { ts: 0, orig_bytes: 9e15, resp_bytes: 9e15, conn_state: "\u0000", proto: "\u001b[31m" },
  ];
  fc.assert(
    fc.property(fc.nat(), fc.boolean(), (seed, equalTimes) => {
      const random = seededRandom(seed);
      const rows: SomeConnection[] = randomRows(random, 700).map((row) => ({
        ...row,
        ...(random.uniform() < 0.1 ? absurd[random.integer(absurd.length)]! : {}),
        ...(equalTimes ? { ts: 1.6e9, duration: 0 } : {}),
      }));
      const bank = openDetectors(key, learn(rows.slice(0, 300)));
      const out = new Float32Array(rows.length * width);
      const batch = makeBatch(rows);
      const found = bank.fill(out, batch, new Float64Array(width).fill(1e-6));
      expect(out.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      expect(found.flatMap(({ figures }) => Object.values(figures)).every(Number.isFinite)).toBe(true);
      for (const evidence of found) {
        expect(sentenceOf(evidence, batch)).toMatch(/^[\w ,.:;/()±–µ%-]+$/);
      }
    }),
    fewRuns,
  );
});

test("evidence is given for just the statistics that reach their threshold, and costs them nothing", () => {
  const traffic = randomTraffic(seededRandom(8), 1500, 40);
  const thresholds = detectors.map((_, i) => 0.5 + 0.2 * i);
  const out = new Float32Array(traffic.length * width);
  const found = openDetectors(key, known).fill(out, makeBatch(traffic), thresholds);
  expect(out).toEqual(fill(openDetectors(key, known), traffic));
  const named = new Set(found.map(({ detector, row }) => row * width + columnOf(detector)));
  const high = [...out.keys()].filter((i) => out[i]! >= thresholds[i % width]!);
  expect(named.size).toBe(found.length);
  expect([...named].toSorted((a, b) => a - b)).toEqual(high);
  for (const { detector, row, statistic } of found) {
    expect(Math.fround(statistic)).toBe(out[row * width + columnOf(detector)]);
  }
  expect(openDetectors(key, known).fill(out, makeBatch(traffic))).toEqual([]);
});

test("detectors can be left out, and the others stay as they are", () => {
  const traffic = randomTraffic(seededRandom(4), 400);
  const bank = openDetectors(key, known, undefined, { without: ["beacon", "flood"] });
  expect(bank.detectors.map(({ id }) => id)).not.toContain("beacon");
  const some = fill(bank, traffic);
  const all = fill(openDetectors(key, known), traffic);
  bank.detectors.forEach(({ id }, column) => {
    expect(traffic.map((_, row) => some[row * bank.width + column])).toEqual(
      traffic.map((_, row) => all[row * width + columnOf(id)]),
    );
  });
});

test("a state that is damaged or belongs elsewhere is refused", () => {
  const bank = openDetectors(key, known);
  fill(bank, randomTraffic(seededRandom(2), 200));
  const state = bank.save();
  const refuse = (bytes: Uint8Array, otherKey = key, without: readonly string[] = []) =>
    expect(() => openDetectors(otherKey, known, bytes, { without })).toThrow(ExpectedError);
  refuse(new Uint8Array());
  refuse(state.subarray(0, state.length - 1));
  refuse(Uint8Array.of(...state, 0));
  refuse(state.with(0, 1));
  refuse(state, [1, 2, 3, 4]);
  refuse(state, key, ["strobe"]);
});

test("a flood of spoofed sources takes bounded memory and is called a flood", { timeout: 30_000 }, () => {
  const limits = {
    originator: 2000,
    responder: 2000,
    pair: 4000,
    target: 4000,
    originatorService: 4000,
    responderService: 2000,
  };
  const bank = openDetectors(key, known, undefined, { limits });
  const calls = Array.from({ length: 1240 }, (_, i) => ({
    ...spoofedFlood.regular,
    ts: spoofedFlood.start + 60 * (i - 1200),
  }));
  fill(bank, calls);
  const column = columnOf("flood");
  const out = new Float32Array(10_000 * width);
  let highest = 0;
  let batches = 0;
  for (const batch of spoofedFlood.batches(10_000)) {
    bank.fill(out, batch);
    for (let row = 0; row < batch.rows; row++) highest = Math.max(highest, out[row * width + column]!);
    if (++batches === 20) break;
  }
  expect(highest).toBeGreaterThan(12);
  expect(bank.save().length).toBeLessThan(4_000_000);
});
