import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { behaviorFamilies, openBehavior } from "../../../src/features/behavior/index.ts";
import type { BehaviorBlock, HashKey } from "../../../src/features/behavior/index.ts";
import { makeBatch } from "../make-batch.ts";
import type { SomeConnection } from "../make-batch.ts";
import { randomRows } from "../random-rows.ts";
import { randomTraffic } from "./random-traffic.ts";
import { spoofedFlood } from "./spoofed-flood.ts";

const key: HashKey = [11, 22, 33, 44];
const width = openBehavior(key).columns.length;

/** The matrix of the rows, given to the block in one batch. */
function fill(block: BehaviorBlock, rows: readonly SomeConnection[]): Float32Array {
  const out = new Float32Array(rows.length * block.columns.length);
  block.fill(out, block.columns.length, 0, makeBatch(rows));
  return out;
}

const streams = fc.record({ seed: fc.nat(), rows: fc.integer({ min: 2, max: 1200 }), cut: fc.nat() });
const fewRuns = { numRuns: 12 };

test("cutting the stream into batches anywhere changes nothing", () => {
  fc.assert(
    fc.property(streams, ({ seed, rows, cut }) => {
      const traffic = randomTraffic(seededRandom(seed), rows);
      const at = cut % rows;
      const block = openBehavior(key);
      const pieces = [...fill(block, traffic.slice(0, at)), ...fill(block, traffic.slice(at))];
      expect(Float32Array.from(pieces)).toEqual(fill(openBehavior(key), traffic));
    }),
    fewRuns,
  );
});

test("a block that is opened with a saved state continues bit for bit, and saves the same state", () => {
  fc.assert(
    fc.property(streams, ({ seed, rows, cut }) => {
      const traffic = randomTraffic(seededRandom(seed), rows);
      const at = cut % rows;
      const limits = {
        originator: 3,
        responder: 7,
        pair: 12,
        target: 15,
        originatorService: 9,
        responderService: 9,
      };
      const first = openBehavior(key, undefined, { limits });
      fill(first, traffic.slice(0, at));
      const second = openBehavior(key, first.save(), { limits });
      expect(fill(second, traffic.slice(at))).toEqual(fill(first, traffic.slice(at)));
      expect(second.save()).toEqual(first.save());
    }),
    fewRuns,
  );
});

test("changing a later row changes no earlier feature", () => {
  fc.assert(
    fc.property(streams, ({ seed, rows, cut }) => {
      const traffic = randomTraffic(seededRandom(seed), rows);
      const at = cut % rows;
      const other = [...traffic.slice(0, at), ...randomTraffic(seededRandom(seed + 1), rows - at)];
      const untouched = (matrix: Float32Array) => matrix.subarray(0, at * width);
      expect(untouched(fill(openBehavior(key), other))).toEqual(untouched(fill(openBehavior(key), traffic)));
    }),
    fewRuns,
  );
});

test("what a row itself carries changes only how it compares, not what came before it", () => {
  const traffic = randomTraffic(seededRandom(5), 300);
  const altered = [...traffic.slice(0, -1), { ...traffic.at(-1)!, orig_bytes: 7e11, conn_state: "REJ" }];
  const { columns } = openBehavior(key);
  const before = fill(openBehavior(key), traffic).subarray(-width);
  const after = fill(openBehavior(key), altered).subarray(-width);
  const changed = columns.filter((_, column) => before[column] !== after[column]).map(({ id }) => id);
  expect(changed.filter((id) => !id.endsWith("_z"))).toEqual([]);
});

test("every value is finite, whatever the log says", () => {
  const absurd = [
    { ts: 1e300, duration: Infinity },
    { ts: -1e300, duration: -5 },
    { ts: NaN, duration: NaN, orig_bytes: NaN, resp_bytes: Infinity },
    { ts: 1.7e9, duration: 1e18, orig_bytes: 1e308, resp_bytes: -1 },
    { ts: 0, orig_bytes: 9e15, resp_bytes: 9e15, conn_state: "\u0000" },
  ];
  fc.assert(
    fc.property(fc.nat(), fc.boolean(), (seed, equalTimes) => {
      const random = seededRandom(seed);
      const rows: SomeConnection[] = randomRows(random, 700).map((row) =>
        random.uniform() < 0.1 ? { ...row, ...absurd[random.integer(absurd.length)]! } : row,
      );
      const matrix = fill(
        openBehavior(key),
        equalTimes ? rows.map((row) => ({ ...row, ts: 1.6e9, duration: 0 })) : rows,
      );
      expect(matrix.every(Number.isFinite)).toBe(true);
    }),
    fewRuns,
  );
});

test("only the rows of the batch and the block's own columns are written", () => {
  const rows = randomTraffic(seededRandom(3), 20);
  const out = new Float32Array(22 * (width + 5)).fill(-77);
  openBehavior(key).fill(out, width + 5, 3, makeBatch(rows));
  const alone = fill(openBehavior(key), rows);
  for (let i = 0; i < out.length; i++) {
    const row = Math.floor(i / (width + 5));
    const column = (i % (width + 5)) - 3;
    const inside = row < 20 && column >= 0 && column < width;
    expect(out[i]).toBe(inside ? alone[row * width + column] : -77);
  }
});

test("leaving families out leaves the other columns as they are", () => {
  const rows = randomTraffic(seededRandom(9), 400);
  const all = openBehavior(key);
  const whole = fill(all, rows);
  for (const { id } of behaviorFamilies) {
    const part = openBehavior(key, undefined, { without: [id] });
    const without = fill(part, rows);
    expect(part.families.map((family) => family.id)).not.toContain(id);
    const kept = all.columns.flatMap((column, i) =>
      part.columns.some((other) => other.id === column.id) ? [i] : [],
    );
    expect(without).toEqual(
      Float32Array.from({ length: without.length }, (_, i) => {
        const row = Math.floor(i / kept.length);
        return whole[row * width + kept[i % kept.length]!]!;
      }),
    );
  }
});

describe("an originator-side family sees the same on a stream of some originators only", () => {
  // Without pauses of a day within the part, which the clock takes for a damaged row at first.
  const rows = randomTraffic(seededRandom(21), 600, 2000);
  test.each([
    ["originator", "id.orig_h"],
    ["pair", "id.orig_h"],
    ["responder", "id.resp_h"],
  ] as const)("%s side", (side, end) => {
    const mine = (row: SomeConnection) => row[end] === rows[0]![end];
    const all = openBehavior(key);
    // The clock is the network's; rows are given in order of their end so that both streams have the same one.
    const sorted = rows.toSorted((a, b) => a.ts! + (a.duration ?? 0) - b.ts! - (b.duration ?? 0));
    const full = fill(all, sorted);
    const part = fill(openBehavior(key), sorted.filter(mine));
    let seen = 0;
    for (const [i, row] of sorted.entries()) {
      if (!mine(row)) continue;
      for (const family of all.families) {
        if (family.side !== side || family.id === "resp_novelty") continue;
        const at = family.at;
        expect(part.subarray(seen * width + at, seen * width + at + family.width)).toEqual(
          full.subarray(i * width + at, i * width + at + family.width),
        );
      }
      seen++;
    }
    expect(seen).toBeGreaterThan(20);
  });
});

test("a million spoofed sources: memory stays within its limits, and a regular host is not forgotten", () => {
  // Some of the families, to be quick about it: all of them remember by the same slots.
  const kept = ["orig_sweep", "orig_outcomes", "repetition", "pair_usual", "resp_windows", "resp_novelty"];
  const without = behaviorFamilies.map(({ id }) => id).filter((id) => !kept.includes(id));
  const block = openBehavior(key, undefined, { without });
  const { columns } = block;
  const out = new Float32Array(50_000 * columns.length);
  const fillOne = (row: SomeConnection) => block.fill(out, columns.length, 0, makeBatch([row]));
  const regular = (ts: number) => fillOne({ ...spoofedFlood.regular, ts, orig_bytes: 500, resp_bytes: 2000 });
  for (let i = 0; i < 40; i++) regular(spoofedFlood.start + i * 60);
  let halfWay = 0;
  let batches = 0;
  for (const batch of spoofedFlood.batches(50_000)) {
    block.fill(out, columns.length, 0, batch);
    regular(batch.ts.at(-1)!);
    if (++batches === 10) halfWay = block.save().length;
  }
  expect(batches).toBe(20);
  expect(block.save().length).toBeLessThan(halfWay + 100_000);
  expect(halfWay).toBeLessThan(80_000_000);
  const value = (id: string) => out[columns.findIndex((column) => column.id === id)]!;
  expect(value("pair_conns_1d")).toBeGreaterThan(Math.log1p(50));
  // 125 sources a second for more than a minute: the sketches say so within their error.
  fillOne({ ts: spoofedFlood.end, "id.resp_h": spoofedFlood.victim });
  expect(Math.exp(value("resp_sources_1m"))).toBeGreaterThan(7500 * 0.6);
  expect(Math.exp(value("resp_sources_1m"))).toBeLessThan(7500 * 1.4);
}, 60_000);

test("a state that was cut, altered at its head or belongs to another model is refused", () => {
  const block = openBehavior(key);
  fill(block, randomTraffic(seededRandom(1), 50));
  const state = block.save();
  const refused = (bytes: Uint8Array, keyed = key, without: string[] = []) =>
    expect(() => openBehavior(keyed, bytes, { without })).toThrow(
      expect.objectContaining({ kind: "model-damaged" }),
    );
  for (const length of [0, 3, 20, 1000, state.length - 1]) refused(state.subarray(0, length));
  refused(Uint8Array.from([...state, 0]));
  refused(state, [1, 2, 3, 4]);
  refused(state, key, ["orig_hours"]);
});

test("every column explains itself in a clause, in numbers that a person reads", () => {
  const { columns } = openBehavior(key);
  expect(new Set(columns.map(({ id }) => id)).size).toBe(columns.length);
  for (const { id, unit, summary, explain } of columns) {
    expect(id).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(unit).not.toBe("");
    expect(summary).toMatch(/\.$/);
    for (const [value, usual] of [
      [0, 0],
      [3.7, 0.2],
      [-2.5, 4],
      [0.2, -0.3],
      [10, 30],
    ] as const) {
      const text = explain(value, usual);
      expect(text).toMatch(/^\S.*[^.]$/);
      expect(text).not.toMatch(/NaN|undefined|Infinity|e[+-]\d|–/);
    }
  }
});
