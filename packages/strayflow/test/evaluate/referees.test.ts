import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { matrixReferees } from "../../src/evaluate/referees/index.ts";
import type { Referee } from "../../src/evaluate/referees/referee.ts";
import { ecodReferee } from "../../src/evaluate/referees/ecod.ts";
import {
  isolationForestReferee,
  unsuccessfulSearchLength,
} from "../../src/evaluate/referees/isolation-forest.ts";
import { knnReferee } from "../../src/evaluate/referees/knn.ts";
import { pcaReferee } from "../../src/evaluate/referees/pca.ts";
import { fitRobustScaler } from "../../src/evaluate/referees/robust-scaler.ts";

const WIDTH = 4;

/** A cloud around a line: column 1 follows column 0, column 2 is a rare flag, column 3 never varies. */
function cloud(rows: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const matrix = new Float32Array(rows * WIDTH);
  for (let row = 0; row < rows; row++) {
    const along = random.normal();
    matrix.set([along, 2 * along + 0.1 * random.normal(), random.uniform() < 0.05 ? 1 : 0, 7], row * WIDTH);
  }
  return matrix;
}

const train = cloud(2000, 1);

function scoresOf(referee: Referee, matrix: Float32Array, seed = 1): Float64Array {
  const out = new Float64Array(matrix.length / WIDTH);
  referee.fit(train, WIDTH, seededRandom(seed)).score(matrix, out);
  return out;
}

const odd = Float32Array.of(5, -10, 1, 7, 0, 3, 0, 7, 9, 18, 0, 7);

describe.each(matrixReferees())("$id", (referee) => {
  test("scores odd rows above all but few normal ones", () => {
    const normal = scoresOf(referee, cloud(1000, 2)).sort();
    const strange = scoresOf(referee, odd);
    expect(strange[0]).toBeGreaterThan(normal[989]!);
  });

  test("gives the same scores for the same seed, whatever rows come along", () => {
    const rows = cloud(50, 3);
    const fitted = referee.fit(train, WIDTH, seededRandom(5));
    const together = new Float64Array(50);
    fitted.score(rows, together);
    const alone = new Float64Array(1);
    const again = referee.fit(train, WIDTH, seededRandom(5));
    for (let row = 0; row < 50; row++) {
      again.score(rows.subarray(row * WIDTH), alone);
      expect(alone[0]).toBe(together[row]);
    }
    const other = scoresOf(referee, rows, 6);
    expect(other.some((score, row) => score !== together[row])).toBe(referee.seeded);
  });

  test("is finite on a matrix of one row, and on huge values", () => {
    const fitted = referee.fit(train.subarray(0, WIDTH), WIDTH, seededRandom(1));
    const out = new Float64Array(3);
    fitted.score(Float32Array.of(1e30, -1e30, 0, 7, 0, 0, 0, 0, ...train.subarray(0, WIDTH)), out);
    expect([...out].every(Number.isFinite)).toBe(true);
  });

  test("keeps nothing of the training matrix", () => {
    const copy = train.slice();
    const fitted = referee.fit(copy, WIDTH, seededRandom(1));
    const before = new Float64Array(3);
    const after = new Float64Array(3);
    fitted.score(odd, before);
    copy.fill(0);
    fitted.score(odd, after);
    expect(after).toEqual(before);
  });
});

test("5 neighbours is the fifth smallest distance after robust scaling", () => {
  const rows = 300;
  const sample = train.subarray(0, rows * WIDTH);
  const scaler = fitRobustScaler(sample, WIDTH);
  const scaled = (matrix: Float32Array, row: number) => {
    const out = new Float64Array(WIDTH);
    scaler.apply(matrix, row, 1, out);
    return [...out];
  };
  const out = new Float64Array(3);
  knnReferee({ sample: rows }).fit(sample, WIDTH, seededRandom(1)).score(odd, out);
  for (let row = 0; row < 3; row++) {
    const from = scaled(odd, row);
    const distances = Array.from({ length: rows }, (_, i) =>
      Math.hypot(...scaled(sample, i).map((value, column) => value - from[column]!)),
    ).sort((a, b) => a - b);
    expect(out[row]).toBeCloseTo(distances[4]!, 9);
  }
});

test("ECOD is the sum of the rarer tails, counted slowly, and what PyOD says", () => {
  const small = Float64Array.from({ length: 36 }, (_, k) => {
    const [i, j] = [Math.floor(k / 3), k % 3];
    return ((i * 7 + j * 13) % 11) + (i % 3) * 0.5;
  });
  const asked = [
    [0, 5, 20],
    [3, 3, 3],
    [-4, 11, 2.5],
  ];
  const out = new Float64Array(3);
  ecodReferee().fit(small, 3, seededRandom(1)).score(Float64Array.from(asked.flat()), out);
  const columnOf = (j: number) => small.filter((_, k) => k % 3 === j);
  asked.forEach((row, index) => {
    let sum = 0;
    row.forEach((value, j) => {
      // The row itself is one more row that is at least as far out.
      const column = [...columnOf(j), value];
      const left = column.filter((other) => other <= value).length / column.length;
      const right = column.filter((other) => other >= value).length / column.length;
      sum -= Math.log(Math.min(left, right));
    });
    expect(out[index]).toBeCloseTo(sum, 12);
  });
  // What PyOD 3.6.7 gives for these rows, one at a time.
  expect([...out].map((score) => score.toFixed(6))).toEqual(["5.055791", "2.866534", "6.308554"]);
});

test("PCA is the squared length that the first components leave", () => {
  const fitted = pcaReferee({ components: 1 }).fit(train, WIDTH, seededRandom(1));
  const out = new Float64Array(2);
  const scaler = fitRobustScaler(train, WIDTH);
  // One row along the line, one across it, both at the same distance from the centre.
  const centre = [0, 0, 0, 7];
  const probe = Float32Array.of(1, 2, 0, 7, 1, -2, 0, 7);
  fitted.score(probe, out);
  const along = new Float64Array(WIDTH);
  scaler.apply(Float32Array.from(centre), 0, 1, along);
  expect(out[0]!).toBeLessThan(0.02);
  expect(out[1]! * WIDTH).toBeGreaterThan(1.8);
});

test("an isolation forest's score is 0.5 where a row needs the mean depth", () => {
  expect(unsuccessfulSearchLength(1)).toBe(0);
  expect(unsuccessfulSearchLength(2)).toBe(1);
  // With Euler's constant for the harmonic number, as the paper has it.
  expect(unsuccessfulSearchLength(256)).toBeCloseTo(2 * (Math.log(255) + 0.5772156649) - (2 * 255) / 256, 2);
  const same = new Float32Array(100 * WIDTH).fill(3);
  const out = new Float64Array(1);
  isolationForestReferee()
    .fit(same, WIDTH, seededRandom(1))
    .score(Float32Array.of(9, 9, 9, 9), out);
  // Rows that are all alike cannot be split: every row ends at the root with the depth of the whole sample.
  expect(out[0]).toBeCloseTo(0.5, 12);
});

test("an isolation forest finds depths as a slow walk over two points says", () => {
  // Two distinct points: each tree is one split, so every row has depth 1 = c(2), whichever side it falls on.
  const two = Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1);
  const out = new Float64Array(3);
  isolationForestReferee({ trees: 20 })
    .fit(two, WIDTH, seededRandom(1))
    .score(Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1, 5, 5, 5, 5), out);
  expect([...out]).toEqual([0.5, 0.5, 0.5]);
});

test("robust scaling ignores a huge outlier, floors small spreads and clips", () => {
  const column = Float64Array.from({ length: 101 }, (_, i) => (i === 100 ? 1e12 : i));
  const scaler = fitRobustScaler(column, 1);
  const out = new Float64Array(3);
  scaler.apply(Float64Array.of(50, 50 + 50 / 1.349, 1e9), 0, 3, out);
  expect(out[0]).toBeCloseTo(0, 9);
  expect(out[1]).toBeCloseTo(1, 6);
  expect(out[2]).toBe(10);
  const nearlyConstant = Float64Array.from({ length: 1000 }, (_, i) => (i === 0 ? 1e-6 : 0));
  fitRobustScaler(nearlyConstant, 1).apply(Float64Array.of(0.05, 0, 0), 0, 3, out);
  expect(out[0]).toBeCloseTo(1, 9);
  fitRobustScaler(new Float64Array(10).fill(2), 1).apply(Float64Array.of(5, 2, 0), 0, 3, out);
  expect([...out]).toEqual([3, 0, -2]);
});

test("scaled rows are the same wherever they start in the matrix", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1999 }), (row) => {
      const scaler = fitRobustScaler(train.subarray(0, 400), WIDTH);
      const one = new Float64Array(WIDTH);
      const other = new Float64Array(WIDTH);
      scaler.apply(train, row, 1, one);
      scaler.apply(train.subarray(row * WIDTH), 0, 1, other);
      expect(one).toEqual(other);
    }),
    { numRuns: 20 },
  );
});
