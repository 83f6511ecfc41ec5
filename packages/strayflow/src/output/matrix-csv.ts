import { csvText } from "./escape.ts";
import { FLOAT_TEXT_BYTES, writeFloat } from "./float-text.ts";
import type { MatrixShape, MatrixWriter } from "./matrix-writer.ts";
import type { OutputFile } from "./output-file.ts";

const pieceRows = 1024;
const COMMA = 44;
const LINE_END = 10;

/** A head line and a line a row, each number in a short form that reads back as the same 32-bit float. */
export function matrixCsvWriter(output: OutputFile, { columns }: MatrixShape): MatrixWriter {
  const width = columns.length;
  const buffer = new Uint8Array(pieceRows * width * (FLOAT_TEXT_BYTES + 1));
  let hasHead = false;
  const ensureHead = async () => {
    if (!hasHead) await output.write(`${columns.map(csvText).join(",")}\n`);
    hasHead = true;
  };
  return {
    async add(matrix, rows) {
      await ensureHead();
      for (let from = 0; from < rows; from += pieceRows) {
        const end = writeRows(buffer, matrix, width, from, Math.min(rows, from + pieceRows));
        await output.write(buffer.subarray(0, end));
      }
    },
    finish: ensureHead,
  };
}

function writeRows(out: Uint8Array, matrix: Float32Array, width: number, from: number, to: number): number {
  let at = 0;
  for (let row = from; row < to; row++) {
    for (let cell = row * width; cell < (row + 1) * width; cell++) {
      at = writeFloat(out, at, matrix[cell]!);
      out[at++] = COMMA;
    }
    out[at - 1] = LINE_END;
  }
  return at;
}
