import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../../../src/base/bytes.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { DistinctCount, sketchMark } from "../../../src/features/behavior/distinct-count.ts";
import { finishHash } from "../../../src/features/behavior/fingerprint.ts";
import { aDay, left, steadySeconds } from "../../../src/features/behavior/half-life.ts";
import { behaviorKey } from "../../../src/features/behavior/hash-key.ts";
import { KeyTable } from "../../../src/features/behavior/key-table.ts";
import { ln, logsOfGrowth, takeLogs } from "../../../src/features/behavior/logarithm.ts";
import { BehaviorRows, defaultLimits, MOST_ROWS } from "../../../src/features/behavior/rows.ts";
import { StreamClock } from "../../../src/features/behavior/stream-clock.ts";
import type { Batch } from "../../../src/zeek/batch.ts";
import { makeBatch } from "../make-batch.ts";

describe("key table", () => {
  test("below its limit it knows what a map knows", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2000 }), { maxLength: 3000 }), (keys) => {
        const table = new KeyTable(5000);
        const known = new Map<number, number>();
        for (const key of keys) {
          const slot = table.claim(finishHash(key), key);
          expect(slot < 0).toBe(!known.has(key));
          expect(slot < 0 ? ~slot : slot).toBe(known.get(key) ?? known.size);
          if (slot < 0) known.set(key, ~slot);
        }
        expect(table.used).toBe(known.size);
      }),
      { numRuns: 20 },
    );
  });

  test("at its limit it stays consistent, however keys collide", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 60 }), { maxLength: 2000 }),
        fc.integer({ min: 1, max: 20 }),
        (keys, limit) => {
          const table = new KeyTable(limit);
          const owner = new Map<number, number>();
          for (const key of keys) {
            // Eight home positions only, so that runs are long and wrap around.
            const slot = table.claim(key % 8 === 0 ? -1 : key % 8, key);
            const known = [...owner].find(([, other]) => other === key)?.[0];
            expect(slot < 0 ? undefined : slot).toBe(known);
            owner.set(slot < 0 ? ~slot : slot, key);
            expect(owner.size).toBeLessThanOrEqual(limit);
          }
        },
      ),
    );
  });

  test("a key in use survives floods of keys that are seen once", () => {
    const table = new KeyTable(1000);
    for (let i = 0; i < 20; i++) table.claim(finishHash(1), 1);
    for (let key = 2; key < 10_000; key++) table.claim(finishHash(key), key);
    expect(table.claim(finishHash(1), 1)).toBeGreaterThanOrEqual(0);
    expect(table.claim(finishHash(5), 5)).toBeLessThan(0);
  });
});

describe("distinct counts", () => {
  const start = 1_700_000_040;

  /** A sketch of the network in the last minute. `see` gives what it counted before each of the things. */
  function openSketch() {
    const rows = new BehaviorRows([1, 2, 3, 4], defaultLimits, []);
    const marks = new Int32Array(MOST_ROWS);
    const sketch = new DistinctCount(rows.visits("network"), "1m", marks);
    const see = (batch: Batch, things: readonly number[]) => {
      const counts = new Float32Array(batch.rows);
      rows.prepare(batch, 0, batch.rows);
      things.forEach((thing, row) => (marks[row] = sketchMark(thing)));
      sketch.fill(counts, 1, 0);
      return Array.from(counts, (count) => count - 1);
    };
    return see;
  }

  const batch = makeBatch(Array.from({ length: 250 }, () => ({ ts: start })));
  const spread = (things: number) => {
    const errors = Array.from({ length: 250 }, (_, run) => {
      const see = openSketch();
      const all = Array.from({ length: things }, (__, thing) =>
        finishHash(finishHash(run * 1_000_003 + thing) ^ 0x5bd1e995),
      );
      const seen = [...all, ...all];
      for (let from = 0; from < seen.length; from += batch.rows)
        see(batch, seen.slice(from, from + batch.rows));
      return see(batch, [])[0]! / things - 1;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    return { mean, deviation: Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length) };
  };

  test("one thing counts 1, however often", () => {
    expect(spread(1)).toEqual({ mean: 0, deviation: 0 });
  });

  test.each([5, 10, 100, 3000])("%i things: no bias, standard error at most as stated", (things) => {
    const { mean, deviation } = spread(things);
    expect(Math.abs(mean)).toBeLessThan(0.04);
    expect(deviation).toBeLessThan(things <= 10 ? 0.12 : 0.18);
  });

  test("things of the bucket before fade while the present one goes on, and are gone after it", () => {
    const see = openSketch();
    const counts = [0, 59, 75, 90, 150, 270].flatMap((seconds) =>
      see(makeBatch([{ ts: start + seconds }]), [0x12345678]),
    );
    [0, 1, 0.75, 1, 0.5, 0].forEach((count, i) => expect(counts[i]).toBeCloseTo(count, 5));
  });
});

describe("clock", () => {
  const run = (clock: StreamClock, ends: readonly number[]) =>
    ends.map((end) => {
      clock.advance(end, 0);
      return clock.now;
    });

  test("it is the latest end so far", () => {
    const clock = new StreamClock();
    clock.advance(100, 50);
    expect(clock.now).toBe(150);
    expect(run(clock, [120, 160, 155, 4000])).toEqual([150, 160, 160, 4000]);
  });

  test("one row from the future does not stop it, three in a row move it", () => {
    const clock = new StreamClock();
    const far = 1000 + 30 * 86_400;
    expect(run(clock, [1000, far, 1001, far, far, 1002, far, far, far + 1])).toEqual([
      1000,
      1000,
      1001,
      1001,
      1001,
      1002,
      1002,
      1002,
      far + 1,
    ]);
  });

  test("older logs after newer ones go on from where the clock stands", () => {
    const clock = new StreamClock();
    const older = Array.from({ length: 20 }, (_, i) => 5000 + i);
    const times = run(clock, [1_000_000, ...older]);
    expect(times.slice(0, 16)).toEqual(Array.from({ length: 16 }, () => 1_000_000));
    expect(times.slice(16)).toEqual([1_000_000, 1_000_001, 1_000_002, 1_000_003, 1_000_004]);
    expect(clock.now - clock.shift).toBe(5019);
  });

  test("it never falls, and a saved clock goes on alike", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e12, max: 1e12 }), { minLength: 1 }), fc.nat(), (ends, cut) => {
        const clock = new StreamClock();
        const times = run(clock, ends);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        const first = new StreamClock();
        const at = cut % ends.length;
        run(first, ends.slice(0, at));
        const out = new ByteWriter();
        first.write(out);
        const second = new StreamClock();
        second.read(new ByteReader(out.finish(), "clock"));
        expect(run(second, ends.slice(at))).toEqual(times.slice(at));
      }),
    );
  });
});

test("the fast logarithm is the logarithm", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(1e-11 * (1 + Math.abs(Math.log(x))));
    }),
  );
  expect([ln(1), ln(2), ln(0.5)]).toEqual([0, Math.fround(1) * ln(2), -ln(2)]);
});

test("logarithms of a column are right", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e16, noNaN: true }), { minLength: 1 }), (values) => {
      const out = new Float64Array(values.length);
      logsOfGrowth(Float64Array.from(values), 1000, out, values.length, new Float32Array(values.length));
      values.forEach((value, row) => {
        expect(Math.abs(out[row]! - Math.log1p(1000 * value))).toBeLessThan(1e-7);
      });
    }),
  );
});

test("logarithms of a matrix are right in floats and in doubles, and only in their columns", () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ min: 2 ** -100, max: 2 ** 100, noNaN: true }), { minLength: 1 }),
      (values) => {
        const matrix = values.flatMap((value) => [-3, value, -3]);
        for (const out of [Float32Array.from(matrix), Float64Array.from(matrix)]) {
          takeLogs(out, 3, 1, [0], values.length);
          values.forEach((value, row) => {
            expect(Math.abs(out[3 * row + 1]! - Math.log(value))).toBeLessThan(
              1e-7 * (1 + Math.abs(Math.log(value))),
            );
            expect([out[3 * row], out[3 * row + 2]]).toEqual([-3, -3]);
          });
        }
      },
    ),
  );
});

test("what is left halves with every half-life, and is nothing after forty or a wrap", () => {
  expect([left(0), left(256), left(512), left(40 * 256), left(-5)]).toEqual([1, 0.5, 0.25, 0, 0]);
  expect(steadySeconds(aDay, 10, 60)).toBe(60);
  expect(steadySeconds(aDay, 3600, 60)).toBeCloseTo((86_400 / Math.LN2) * (1 - 2 ** (-1 / 24)), 0);
  expect(steadySeconds(aDay, 1e12, 60)).toBe(86_400 / Math.LN2);
});

test("the key depends on every training row that counts, not on batches", () => {
  const random = seededRandom(2);
  const rows = Array.from({ length: 40 }, (_, i) => ({
    ts: 1e9 + random.uniform(),
    uid: `C${i}`,
    "id.orig_p": i,
  }));
  const learn = (...batches: (typeof rows)[]) => {
    const learner = behaviorKey.learner();
    for (const batch of batches) learner.learn(makeBatch(batch));
    return learner.finish();
  };
  expect(learn(rows.slice(0, 7), rows.slice(7))).toEqual(learn(rows));
  expect(learn(rows.slice(0, -1))).not.toEqual(learn(rows));
  const some = behaviorKey.learner();
  some.learn(
    makeBatch(rows),
    Uint8Array.from(rows, (_, i) => (i < 39 ? 1 : 0)),
  );
  expect(some.finish()).toEqual(learn(rows.slice(0, -1)));
  const out = new ByteWriter();
  behaviorKey.encode(learn(rows), out);
  expect(behaviorKey.decode(new ByteReader(out.finish(), "key")).map((word) => word | 0)).toEqual(
    learn(rows),
  );
});
