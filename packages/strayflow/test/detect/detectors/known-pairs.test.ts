import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../../../src/base/bytes.ts";
import { ExpectedError } from "../../../src/base/errors.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { knownPairs } from "../../../src/detect/detectors/index.ts";
import { findKnown, knownAmount, knownSet, levelOf } from "../../../src/detect/detectors/known-set.ts";
import { makeBatch } from "../../features/make-batch.ts";
import { randomRows } from "../../features/random-rows.ts";
import { spoofedFlood } from "../../features/behavior/spoofed-flood.ts";
import { judge, learn, start } from "./bank.ts";

function encoded(value: ReturnType<typeof learn>): Uint8Array {
  const out = new ByteWriter();
  knownPairs.encode(value, out);
  return out.finish();
}

test("where the training rows are cut into batches does not matter, and left-out rows are not learned", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 400 }), (seed, at) => {
      const rows = randomRows(seededRandom(seed), 400);
      const pieces = knownPairs.learner();
      pieces.learn(makeBatch(rows.slice(0, at)));
      pieces.learn(makeBatch(rows.slice(at)));
      expect(encoded(pieces.finish())).toEqual(encoded(learn(rows)));
      const part = knownPairs.learner();
      part.learn(
        makeBatch(rows),
        Uint8Array.from(rows, (_, row) => (row < at ? 1 : 0)),
      );
      expect(encoded(part.finish())).toEqual(encoded(learn(rows.slice(0, at))));
    }),
    { numRuns: 10 },
  );
});

test("what was learned reads back as it was, and damage is refused", () => {
  const known = learn(randomRows(seededRandom(1), 500));
  const bytes = encoded(known);
  expect(knownPairs.decode(new ByteReader(bytes, "known pairs"))).toEqual(known);
  for (let at = 0; at < bytes.length; at += 37) {
    expect(() => knownPairs.decode(new ByteReader(bytes.subarray(0, at), "known pairs"))).toThrow(
      ExpectedError,
    );
  }
});

test("a pair that met twice is known, one that met once or another port is not", () => {
  const calls = (count: number, port = 443) =>
    Array.from({ length: count }, (_, i) => ({
      ts: start + 60 * i,
      "id.resp_p": port,
      proto: "tcp",
      conn_state: "SF",
    }));
  const silent = (known: ReturnType<typeof learn>) => judge("beacon", calls(60), known).highest === 0;
  expect(silent(learn(calls(2)))).toBe(true);
  expect(silent(learn(calls(1)))).toBe(false);
  expect(silent(learn(calls(9, 80)))).toBe(false);
  expect(silent(learn([]))).toBe(false);
});

test("a hundred thousand spoofed sources are not learned, and do not displace those in regular use", () => {
  const learner = knownPairs.learner();
  const regular = makeBatch(
    Array.from({ length: 40 }, (_, i) => ({ ...spoofedFlood.regular, ts: spoofedFlood.start + 60 * i })),
  );
  learner.learn(regular);
  let batches = 0;
  for (const batch of spoofedFlood.batches(10_000)) {
    learner.learn(batch);
    if (++batches === 10) break;
  }
  const { targets, hosts } = learner.finish();
  expect(hosts.prints.length).toBeLessThan(10);
  expect(targets.prints.length).toBeLessThan(10);
  expect(targets.prints.length).toBeGreaterThan(0);
});

test("strangers are taken for known as rarely as is said", () => {
  const random = seededRandom(6);
  const size = 200_000;
  const set = knownSet(
    Array.from({ length: size }, () => random.integer(2 ** 32)),
    0,
    [],
  );
  let found = 0;
  for (let i = 0; i < 200_000; i++) if (findKnown(set, random.integer(2 ** 32)) > 0) found++;
  expect(found).toBeLessThan(3 * ((200_000 * size) / 2 ** 32));
});

test("amounts come back within 9 %, strangers have none", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (amount) => {
      const set = knownSet([5], 1, [levelOf(amount)]);
      expect(Math.abs(knownAmount(set, findKnown(set, 5), 0) - amount)).toBeLessThanOrEqual(
        0.1 * (1 + amount),
      );
      expect(knownAmount(set, findKnown(set, 6), 0)).toBe(0);
    }),
  );
});
