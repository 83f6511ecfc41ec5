import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CountTable } from "../../src/features/count-table.ts";
import { countCodes, TextCounter } from "../../src/features/counts.ts";
import { rarityOf } from "../../src/features/rarity.ts";
import { makeBatch } from "./make-batch.ts";

test("a count table counts as a map does", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(fc.nat(50), fc.nat(0xfffffffe)), fc.nat(9))), (adds) => {
      const table = new CountTable();
      const plain = new Map<number, number>();
      for (const [key, count] of adds) {
        table.add(key, count);
        plain.set(key, (plain.get(key) ?? 0) + count);
      }
      const { keys, counts } = table.entries();
      expect([...keys].map((key, i) => [key, counts[i]])).toEqual([...plain].sort(([a], [b]) => a - b));
      for (const [key, count] of plain) expect(table.get(key)).toBe(count);
      expect(table.get(0xfffffffe - 1)).toBe(plain.get(0xfffffffe - 1) ?? 0);
    }),
  );
});

test("a full count table keeps what it has and takes no more", () => {
  const table = new CountTable(1000);
  for (let key = 0; key < 5000; key++) table.add(key * 7919, 1);
  for (let key = 0; key < 5000; key++) table.add(key * 7919, 1);
  expect(table.size).toBe(1000);
  expect(table.get(7919)).toBe(2);
  expect(table.get(4000 * 7919)).toBe(0);
});

test("a flood of distinct texts is counted in bounded memory, and cuts nothing off the total", () => {
  const counter = new TextCounter();
  counter.add("ordinary", 10);
  for (let i = 0; i < 70_000; i++) counter.add(`flood ${i}`, 1);
  counter.add("ordinary", 10);
  const { names, counts, total } = counter.finish(3);
  expect(names).toEqual(["ordinary", "flood 0", "flood 1"]);
  expect([...counts]).toEqual([20, 1, 1]);
  expect(total).toBe(70_020);
});

test("codes are visited in the order of their included rows", () => {
  const { service } = makeBatch(["a", "b", "", "a", "c"].map((name) => ({ service: name })));
  const seen: [string, number][] = [];
  countCodes(service, 5, Uint8Array.of(0, 1, 1, 1, 0), (code, rows) =>
    seen.push([service.values[code]!, rows]),
  );
  expect(seen).toEqual([
    ["b", 1],
    ["", 1],
    ["a", 1],
  ]);
});

test("rarity falls with the count, is 0 for what is all there is, and is capped", () => {
  expect(rarityOf(0, 0, 0)).toBe(0);
  expect(rarityOf(1000, 1000, 1)).toBeLessThan(0.01);
  expect(rarityOf(0, 1000, 1)).toBeCloseTo(Math.log(1002), 12);
  expect(rarityOf(3, 1e6, 10)).toBe(Math.log(1e5));
  for (let count = 1; count < 100; count++) {
    expect(rarityOf(count, 100, 5)).toBeLessThan(rarityOf(count - 1, 100, 5));
  }
});
