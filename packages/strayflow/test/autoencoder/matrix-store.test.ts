import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { evenlySpread, matrixOf, rowRange, sampleRows } from "../../src/autoencoder/matrix-rows.ts";
import type { MatrixRows } from "../../src/autoencoder/matrix-rows.ts";
import { MatrixStore } from "../../src/autoencoder/matrix-store.ts";
import { ShuffledRows } from "../../src/autoencoder/shuffled-rows.ts";
import { seededRandom } from "../../src/base/random.ts";
import { normals } from "./structured-data.ts";

const directory = mkdtempSync(join(tmpdir(), "store-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

// Rows so wide that a chunk holds 16 of them, and tests cross chunks quickly.
const width = 16384;

function numbered(rows: number, columns = width): Float32Array {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) data.fill(row, row * columns, (row + 1) * columns);
  return data;
}

test("any rows are read back as they were appended, from memory, file and unfinished chunk", () => {
  const piece = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: 4 }),
      fc.nat(),
      fc.nat(),
      (pieces, memoryChunks, a, b) => {
        const store = new MatrixStore({ width, memoryBytes: memoryChunks << 20, directory });
        try {
          const total = pieces.reduce((sum, rows) => sum + rows, 0);
          const all = numbered(total);
          let at = 0;
          for (const rows of pieces) store.append(all.subarray(at * width, (at += rows) * width));
          expect(store.rows).toBe(total);
          expect(store.spilled).toBe(total >= (memoryChunks + 1) * 16);
          const start = a % total;
          const count = b % (total - start + 1);
          const out = new Float32Array(count * width);
          store.read(start, count, out);
          for (let row = 0; row < count; row++) {
            expect(out[row * width]).toBe(start + row);
            expect(out[(row + 1) * width - 1]).toBe(start + row);
          }
        } finally {
          store.close();
        }
      },
    ),
    { numRuns: 30 },
  );
});

// Windows keeps the name of an open file; there it goes when the store is closed.
test.skipIf(process.platform === "win32")(
  "the temporary file has no name while it is in use, so a killed process leaves nothing",
  () => {
    const store = new MatrixStore({ width, memoryBytes: 0, directory });
    store.append(numbered(20));
    expect(store.spilled).toBe(true);
    expect(readdirSync(directory)).toEqual([]);
    store.close();
    store.close();
    expect(readdirSync(directory)).toEqual([]);
  },
);

test("a directory that cannot be written to is an expected failure that names it", () => {
  const store = new MatrixStore({ width, memoryBytes: 0, directory: join(directory, "missing") });
  expect(() => store.append(numbered(20))).toThrow(
    expect.objectContaining({ kind: "output-failed", message: expect.stringContaining("missing") }),
  );
});

test("a range, a sample and evenly spread rows are views of the same matrix", () => {
  const matrix = matrixOf(numbered(100, 2), 2);
  const read = (from: typeof matrix) => {
    const out = new Float32Array(from.rows * 2);
    from.read(0, from.rows, out);
    return [...out].filter((_, i) => i % 2 === 1);
  };
  expect(read(rowRange(matrix, 20, 24))).toEqual([20, 21, 22, 23]);
  expect(read(evenlySpread(matrix, 4))).toEqual([0, 25, 50, 75]);
  expect(evenlySpread(matrix, 100)).toBe(matrix);
  const sample = read(sampleRows(matrix, 30, seededRandom(1)));
  expect(new Set(sample).size).toBe(30);
  expect(sample).toEqual(sample.toSorted((a, b) => a - b));
  expect(read(sampleRows(matrix, 500, seededRandom(1)))).toEqual(read(matrix));
});

test("a round deals out every row once, mixed, and the next round in another order", () => {
  const rows = 20_011;
  const shuffled = new ShuffledRows(matrixOf(numbered(rows, 3), 3), Uint32Array.of(0, 2), seededRandom(4));
  const round = () => {
    const out = new Float32Array(rows * 2);
    shuffled.restart();
    let done = 0;
    for (let got; (got = shuffled.deal(out, 1000, done)) > 0;) done += got;
    expect(done).toBe(rows);
    return out.filter((_, i) => i % 2 === 0);
  };
  const [first, second] = [round(), round()];
  expect(first.toSorted()).toEqual(Float32Array.from({ length: rows }, (_, i) => i));
  expect(second.toSorted()).toEqual(first.toSorted());
  expect(second).not.toEqual(first);
  // Any thousand rows come from all over the matrix.
  for (let start = 0; start + 1000 <= rows; start += 1000) {
    const part = first.subarray(start, start + 1000);
    const mean = part.reduce((sum, row) => sum + row, 0) / 1000 / rows;
    expect(mean).toBeGreaterThan(0.3);
    expect(mean).toBeLessThan(0.7);
  }
});

test("the order does not depend on where the matrix lies", () => {
  const data = normals(5000 * 300, "order");
  const store = new MatrixStore({ width: 300, memoryBytes: 2 << 20, directory });
  store.append(data);
  expect(store.spilled).toBe(true);
  expect(dealt(store)).toEqual(dealt(matrixOf(data, 300)));
  store.close();
});

function dealt(matrix: MatrixRows): Float32Array {
  const out = new Float32Array(matrix.rows * 2);
  const shuffled = new ShuffledRows(matrix, Uint32Array.of(7, 299), seededRandom(1));
  shuffled.restart();
  shuffled.deal(out, matrix.rows);
  return out;
}
