import { expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { behaviorFamilies, openBehavior } from "../../../src/features/behavior/index.ts";
import { makeBatch } from "../make-batch.ts";
import { randomTraffic } from "./random-traffic.ts";
import { referenceFeatures } from "./reference.ts";

/** Columns that rest on sketches: right within their stated error, which distinct-windows.test.ts measures. */
const estimated = behaviorFamilies
  .flatMap((family) => Object.keys(family.columns))
  .filter((id) => /_(hosts|ports|nets|sources)_/.test(id) || id === "resp_rarity");

test.each([1, 2, 3, 4])("the features of every row equal a slow reference (stream %i)", (seed) => {
  const rows = randomTraffic(seededRandom(seed), 260);
  const block = openBehavior([seed, 2, 3, 4]);
  const width = block.columns.length;
  const out = new Float32Array(rows.length * width);
  block.fill(out, width, 0, makeBatch(rows));

  const expected = referenceFeatures(rows);
  const wrong: string[] = [];
  for (let row = 0; row < rows.length; row++) {
    expect(Object.keys(expected[row]!)).toEqual(block.columns.map(({ id }) => id));
    block.columns.forEach(({ id }, column) => {
      const found = out[row * width + column]!;
      const wanted = expected[row]![id]!;
      const allowed = estimated.includes(id) ? 0.5 : 2e-4 * (1 + Math.abs(wanted));
      if (!(Math.abs(found - wanted) <= allowed))
        wrong.push(`row ${row}, ${id}: ${found}, reference ${wanted}`);
    });
  }
  expect(wrong).toEqual([]);
});
