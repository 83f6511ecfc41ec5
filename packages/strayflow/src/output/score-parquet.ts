import type { OutputFile } from "./output-file.ts";
import { parquetFile, type ParquetKind } from "./parquet-file.ts";
import { scoreColumns, type ColumnKind } from "./score-columns.ts";
import type { ScoreWriter } from "./score-writer.ts";

/** Row groups of this size compress well and stay small beside the model. */
const groupRows = 8192;

const parquetKinds: Readonly<Record<ColumnKind, ParquetKind>> = {
  text: "text",
  number: "double",
  count: "int64",
  time: "micros",
  boolean: "boolean",
};

/** Typed columns, `ts` as a timestamp in microseconds, absent values as null, `reasons` as a JSON array. */
export function scoreParquetWriter(output: OutputFile): ScoreWriter {
  const columns = scoreColumns(({ reasons }) => JSON.stringify(reasons));
  const file = parquetFile(
    output,
    columns.map(({ name, kind }) => ({ name, kind: parquetKinds[kind], nullable: true })),
    true,
  );
  let rows = 0;
  let values: unknown[][] = columns.map(() => []);
  const flush = async () => {
    const group = values;
    values = columns.map(() => []);
    rows = 0;
    await file.writeGroup(group);
  };
  return {
    add(connection) {
      for (const [index, { kind, value }] of columns.entries()) {
        values[index]!.push(parquetValue(kind, value(connection)));
      }
      return ++rows >= groupRows ? flush() : undefined;
    },
    async finish() {
      await flush();
      await file.finish();
    },
  };
}

function parquetValue(kind: ColumnKind, value: string | number | boolean | undefined): unknown {
  if (typeof value !== "number") return value;
  if (kind === "time") return BigInt(Math.round(value * 1e6));
  return kind === "count" ? BigInt(Math.trunc(value)) : value;
}
