import type { MatrixShape, MatrixWriter } from "./matrix-writer.ts";
import type { OutputFile } from "./output-file.ts";
import { parquetFile } from "./parquet-file.ts";

const groupRows = 65_536;

/** One FLOAT column a feature, never null. */
export function matrixParquetWriter(output: OutputFile, { columns }: MatrixShape): MatrixWriter {
  const width = columns.length;
  const file = parquetFile(
    output,
    columns.map((name) => ({ name, kind: "float", nullable: false })),
    false,
  );
  const group = columns.map(() => new Float32Array(groupRows));
  let filled = 0;
  const flush = async () => {
    await file.writeGroup(group.map((values) => values.subarray(0, filled)));
    filled = 0;
  };
  return {
    async add(matrix, rows) {
      for (let done = 0; done < rows;) {
        const taken = Math.min(rows - done, groupRows - filled);
        for (let column = 0; column < width; column++) {
          const values = group[column]!;
          for (let row = 0; row < taken; row++) values[filled + row] = matrix[(done + row) * width + column]!;
        }
        done += taken;
        filled += taken;
        if (filled === groupRows) await flush();
      }
    },
    async finish() {
      await flush();
      await file.finish();
    },
  };
}
