import { expect, test } from "vitest";
import { matrixOf } from "../../src/autoencoder/index.ts";
import { seededRandom } from "../../src/base/random.ts";
import { trainMembers, withoutWorst } from "../../src/pipeline/train-members.ts";
import { usualOptions } from "../../src/pipeline/usual-options.ts";

const width = 12;

/** Rows on a line in twelve dimensions; the first ones are poison, and lie anywhere. */
function rows(count: number, seed: number, poison = 0): Float32Array {
  const random = seededRandom(seed);
  const out = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const along = random.normal();
    for (let column = 0; column < width; column++) {
      out[row * width + column] = row < poison ? 4 * random.normal() : along + 0.1 * random.normal();
    }
  }
  return out;
}

const options = {
  ...usualOptions("behavior"),
  layers: [6, 2, 6],
  steps: 400,
  batch: 64,
  members: 1,
  seed: 1,
};

test("what a short fit explains worst is left out", async () => {
  const clean = matrixOf(rows(300, 2), width);
  const parts = { train: matrixOf(rows(1000, 1, 50), width), validation: clean, test: clean };
  const kept = await withoutWorst(parts, await trainMembers(parts, options, {}), 0.1, {});
  expect(kept.rows).toBe(900);
  const out = new Float32Array(kept.rows * width);
  kept.read(0, kept.rows, out);
  // Nearly all of the poison is gone; some of it lies near the line by chance.
  const poison = new Set(Array.from({ length: 50 }, (_, row) => rows(1000, 1, 50)[row * width]!));
  expect(
    Array.from({ length: kept.rows }, (_, row) => out[row * width]!).filter((value) => poison.has(value))
      .length,
  ).toBeLessThan(10);
  // Runs of rows are read as they stand.
  const part = new Float32Array(100 * width);
  kept.read(500, 100, part);
  expect(part).toEqual(out.subarray(500 * width, 600 * width));
});

test("the same options give the same weights, and each member its own", async () => {
  const clean = matrixOf(rows(300, 2), width);
  const parts = { train: matrixOf(rows(500, 1), width), validation: clean, test: clean };
  const given = { ...options, steps: 20, members: 2, sampleRows: 128 };
  const [first, second] = [await trainMembers(parts, given, {}), await trainMembers(parts, given, {})];
  expect(first.map(({ network }) => network.weights)).toEqual(second.map(({ network }) => network.weights));
  expect(first[0]!.network.weights).not.toEqual(first[1]!.network.weights);
});
