import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { OutputFile } from "./output-file.ts";

export type ParquetKind = "text" | "float" | "double" | "int64" | "micros" | "boolean";

export interface ParquetColumn {
  readonly name: string;
  readonly kind: ParquetKind;
  /** Whether a value may be absent. */
  readonly nullable: boolean;
}

/** Values of one column of a row group; `int64` and `micros` as bigint, absent as undefined. */
type ParquetValues = Float32Array | Float64Array | readonly unknown[];

/** A Parquet file that grows by row groups; no more than one of them is in memory. */
export interface ParquetFile {
  /** Appends one row group: one array a column, all of one length. */
  writeGroup(values: readonly ParquetValues[]): Promise<void>;
  /** Writes the footer; the output is then whole but not committed. */
  finish(): Promise<void>;
}

/** @param statistics whether each group states the range of its columns; readers skip groups by it, writing takes longer */
export function parquetFile(
  output: OutputFile,
  columns: readonly ParquetColumn[],
  statistics: boolean,
): ParquetFile {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [{ name: "root", num_children: columns.length }, ...columns.map(schemaElement)],
    createdBy: "strayflow",
    statistics,
  });
  const drain = async () => {
    // `offset` counts on: positions in the footer are those in the file.
    await output.write(bytes.getBytes());
    bytes.index = 0;
  };
  return {
    async writeGroup(values) {
      const rows = values[0]?.length ?? 0;
      if (rows === 0) return;
      const columnData = columns.map(({ name }, index) => {
        const data = values[index]! as unknown[];
        return { name, data, ...(isVaried(values[index]!) ? ({ encoding: "PLAIN" } as const) : {}) };
      });
      await writer.write({ columnData, rowGroupSize: rows });
      await drain();
    },
    async finish() {
      await writer.finish();
      await drain();
    },
  };
}

/** Whether a dictionary of floats would be tried in vain: by a sample, because the trial is half of the work. */
function isVaried(values: ParquetValues): boolean {
  if (!(values instanceof Float32Array)) return false;
  const sample = 512;
  const step = Math.max(1, Math.floor(values.length / sample));
  const distinct = new Set<number>();
  for (let at = 0; at < values.length; at += step) distinct.add(values[at]!);
  return distinct.size > sample / 4;
}

const physicalTypes: Readonly<Record<ParquetKind, Omit<SchemaElement, "name">>> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  float: { type: "FLOAT" },
  double: { type: "DOUBLE" },
  int64: { type: "INT64" },
  micros: { type: "INT64", converted_type: "TIMESTAMP_MICROS" },
  boolean: { type: "BOOLEAN" },
};

function schemaElement({ name, kind, nullable }: ParquetColumn): SchemaElement {
  return { name, repetition_type: nullable ? "OPTIONAL" : "REQUIRED", ...physicalTypes[kind] };
}
