import { unreachable } from "../base/errors.ts";
import { matrixCsvWriter } from "./matrix-csv.ts";
import { matrixNpyWriter } from "./matrix-npy.ts";
import { matrixParquetWriter } from "./matrix-parquet.ts";
import type { OutputFile } from "./output-file.ts";

export const matrixFormats = ["csv", "parquet", "npy"] as const;

export type MatrixFormat = (typeof matrixFormats)[number];

export interface MatrixShape {
  /** One name a column. */
  readonly columns: readonly string[];
  /** Where it is known beforehand; NumPy's format needs it when the output cannot be patched. */
  readonly rows: number | undefined;
}

/** Writes a matrix piece by piece. */
export interface MatrixWriter {
  /** Appends `rows` rows, row-major; the memory is the caller's again when the promise resolves. */
  add(matrix: Float32Array, rows: number): Promise<void>;
  /** Writes what is left; the output is then whole but not committed. */
  finish(): Promise<void>;
}

export function matrixWriter(format: MatrixFormat, output: OutputFile, shape: MatrixShape): MatrixWriter {
  switch (format) {
    case "csv":
      return matrixCsvWriter(output, shape);
    case "parquet":
      return matrixParquetWriter(output, shape);
    case "npy":
      return matrixNpyWriter(output, shape);
    default:
      return unreachable(format);
  }
}
