import { endianness } from "node:os";
import { assert } from "../base/errors.ts";
import type { MatrixShape, MatrixWriter } from "./matrix-writer.ts";
import type { OutputFile } from "./output-file.ts";

/** Room for any number of rows, so that the head can be written again in place; a multiple of 64, as NumPy aligns it. */
const headLength = 128;

/**
 * NumPy's format, version 1.0 (numpy/lib/format.py): 32-bit floats in C order. The head states the number of rows, so it
 * is written again at the end where the output can be patched; elsewhere `shape.rows` must be given.
 */
export function matrixNpyWriter(output: OutputFile, { columns, rows: expected }: MatrixShape): MatrixWriter {
  assert(
    output.seekable || expected !== undefined,
    "the number of rows must be known to write .npy to a pipe",
  );
  assert(endianness() === "LE", "floats are written in the order of a little-endian machine");
  const width = columns.length;
  let written = 0;
  let hasHead = false;
  const ensureHead = async () => {
    if (!hasHead) await output.write(npyHead(expected ?? 0, width));
    hasHead = true;
  };
  return {
    async add(matrix, rows) {
      await ensureHead();
      await output.write(new Uint8Array(matrix.buffer, matrix.byteOffset, rows * width * 4));
      written += rows;
    },
    async finish() {
      await ensureHead();
      if (written === expected) return;
      assert(output.seekable, `${expected} rows were promised and ${written} came`);
      await output.patch(0, npyHead(written, width));
    },
  };
}

function npyHead(rows: number, width: number): Uint8Array {
  const bytes = Buffer.alloc(headLength, " ");
  bytes.write("\x93NUMPY\x01\x00", 0, "latin1");
  bytes.writeUInt16LE(headLength - 10, 8);
  bytes.write(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${width}), }`, 10, "latin1");
  bytes.write("\n", headLength - 1, "latin1");
  return bytes;
}
