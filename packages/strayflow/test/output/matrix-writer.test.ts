import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { matrixWriter, type MatrixFormat } from "../../src/output/matrix-writer.ts";
import { openOutput } from "../../src/output/output-file.ts";
import { collector } from "./collect.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-matrix-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const columns = ["duration", "a,b", "rarity"];

function randomMatrix(rows: number): Float32Array {
  const random = seededRandom(7);
  const matrix = new Float32Array(rows * columns.length);
  for (let at = 0; at < matrix.length; at++) {
    const value = random.normal() * 10 ** (random.integer(60) - 30);
    matrix[at] = random.uniform() < 0.3 ? Math.round(value) % 1e9 : value;
  }
  return matrix;
}

/** Writes the matrix in pieces of uneven size. */
async function write(format: MatrixFormat, matrix: Float32Array): Promise<string> {
  const path = join(folder, `matrix.${format}`);
  await using output = await openOutput(path, collector());
  const writer = matrixWriter(format, output, { columns, rows: undefined });
  const rows = matrix.length / columns.length;
  for (let from = 0; from < rows; from += 3001) {
    const count = Math.min(3001, rows - from);
    await writer.add(matrix.slice(from * columns.length, (from + count) * columns.length), count);
  }
  await writer.finish();
  await output.commit();
  return path;
}

function readNpy(bytes: Buffer): { head: string; matrix: Float32Array } {
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x93NUMPY\x01\x00");
  const at = 10 + bytes.readUInt16LE(8);
  const data = bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + bytes.length);
  return { head: bytes.toString("latin1", 10, at), matrix: new Float32Array(data) };
}

test(".npy holds the very bits, a true shape, and data aligned to 64 bytes", async () => {
  const matrix = randomMatrix(7000);
  const { head, matrix: found } = readNpy(await readFile(await write("npy", matrix)));
  expect(head.trim()).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (7000, 3), }");
  expect((head.length + 10) % 64).toBe(0);
  expect(found).toEqual(matrix);
});

test(".npy to a pipe states the rows that were promised", async () => {
  const stdout = collector();
  const writer = matrixWriter("npy", await openOutput("-", stdout), { columns, rows: 2 });
  await writer.add(Float32Array.of(1, 2, 3, 4, 5, 6), 2);
  await writer.finish();
  const { head, matrix } = readNpy(stdout.bytes());
  expect(head).toContain("(2, 3)");
  expect([...matrix]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("CSV reads back as the same floats, under a quoted head", async () => {
  const matrix = randomMatrix(7000);
  const [head, ...lines] = (await readFile(await write("csv", matrix), "utf8")).trimEnd().split("\n");
  expect(head).toBe('duration,"a,b",rarity');
  expect(lines).toHaveLength(7000);
  expect(Float32Array.from(lines.join(",").split(","), Number)).toEqual(matrix.map((value) => value + 0));
});

test("Parquet reads back as the same floats over several row groups", async () => {
  const matrix = randomMatrix(70_000);
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(await write("parquet", matrix)) });
  expect(rows).toHaveLength(70_000);
  expect(Float32Array.from(rows.flatMap((row) => columns.map((name) => row[name] as number)))).toEqual(
    matrix,
  );
});

test("a matrix without rows is a whole file of each format", async () => {
  const none = new Float32Array(0);
  expect(await readFile(await write("csv", none), "utf8")).toBe('duration,"a,b",rarity\n');
  expect(readNpy(await readFile(await write("npy", none))).head).toContain("(0, 3)");
  const file = await asyncBufferFromFile(await write("parquet", none));
  expect(await parquetReadObjects({ file })).toEqual([]);
});
