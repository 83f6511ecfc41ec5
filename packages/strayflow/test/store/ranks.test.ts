import fc from "fast-check";
import { expect, test } from "vitest";
import { averagePlaces, denseRanks, UNSET_RANK } from "../../src/store/ranks.ts";
import { ranks as plainRanks } from "./plain.ts";

const values = fc.array(fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }), fc.constant(-0)), {
  maxLength: 60,
});

test("dense ranks order the values, equal ones alike", () => {
  fc.assert(
    fc.property(values, (list) => {
      const sorted = [
        ...new Set(list.filter((value) => !Number.isNaN(value)).map((value) => value + 0)),
      ].sort((a, b) => a - b);
      const expected = list.map((value) => (Number.isNaN(value) ? UNSET_RANK : sorted.indexOf(value + 0)));
      expect([...denseRanks(Float64Array.from(list))]).toEqual(expected);
    }),
  );
});

test("thousands of different values keep their order", () => {
  const list = Float64Array.from({ length: 50_000 }, (_, i) => ((i * 7919) % 50_000) - 25_000.5);
  const found = denseRanks(list);
  for (let i = 0; i < list.length; i++) expect(found[i]).toBe(list[i]! + 25_000.5);
});

test("places are average ranks less their mean", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }), (list) => {
      const all = Int32Array.from(list, (_, row) => row);
      const found = averagePlaces(denseRanks(Float64Array.from(list)), all);
      const centre = (list.length + 1) / 2;
      expect([...found]).toEqual(plainRanks(list).map((rank) => rank - centre));
    }),
  );
});
