import { unreachable } from "../base/errors.ts";
import type { OutputFile } from "./output-file.ts";
import { scoreCsvWriter } from "./score-csv.ts";
import { scoreNdjsonWriter } from "./score-ndjson.ts";
import { scoreParquetWriter } from "./score-parquet.ts";
import { scoreTableWriter, type TableStyle } from "./score-table.ts";
import type { ScoredConnection } from "./scored.ts";

export const scoreFormats = ["table", "ndjson", "csv", "parquet"] as const;

export type ScoreFormat = (typeof scoreFormats)[number];

/** Writes scored connections in the order in which they come. */
export interface ScoreWriter {
  /** Await the result where it is a promise: then the writer has given its bytes away. */
  add(connection: ScoredConnection): Promise<void> | undefined;
  /** Writes what is left, and for the table `closing`, its last lines; the output is then whole but not committed. */
  finish(closing?: readonly string[]): Promise<void>;
}

export function scoreWriter(format: ScoreFormat, output: OutputFile, style: TableStyle): ScoreWriter {
  switch (format) {
    case "table":
      return scoreTableWriter(output, style);
    case "ndjson":
      return scoreNdjsonWriter(output);
    case "csv":
      return scoreCsvWriter(output);
    case "parquet":
      return scoreParquetWriter(output);
    default:
      return unreachable(format);
  }
}
