import { defineCommand } from "../command.ts";
import { formatOfName } from "../format-of-name.ts";
import { remarkOnReading } from "../read-remarks.ts";
import { openMatrix, type MatrixSource } from "../matrix-source.ts";
import { logsArgument } from "../shared-options.ts";
import { ExpectedError } from "../../base/errors.ts";
import { presetNames } from "../../features/index.ts";
import { matrixFormats, matrixWriter } from "../../output/matrix-writer.ts";

export const features = defineCommand({
  description: [
    "Writes the matrix that the network sees, before scaling: a row a connection, a column a feature, 32-bit floats. Vocabularies and norms are learned from the logs themselves, or taken from a model, so that its columns are those that it was trained on.",
    "Prints the shapes: rows and columns of the logs, then of the matrix.",
  ],
  arguments: { logs: logsArgument },
  options: {
    preset: {
      kind: "choice",
      choices: presetNames,
      doc: "list of features (default behavior, or the model's)",
    },
    model: {
      kind: "text",
      placeholder: "DIR",
      doc: "use this model's preset, vocabularies and norms",
    },
    format: {
      kind: "choice",
      choices: matrixFormats,
      doc: "csv with a head line, parquet, or NumPy's npy",
      details: "By the name of --out where it ends in one of these, else csv.",
    },
    out: { kind: "text", placeholder: "FILE", default: "-", doc: "file to write to; - is standard output" },
  },
  examples: [
    { command: "strayflow features conn.log --out features.parquet", doc: "for DuckDB, pandas, Polars" },
    { command: "strayflow features conn.log --preset seed --out features.npy", doc: "for numpy.load" },
    { command: "strayflow features conn.log --preset connection | head -3", doc: "a look at the first rows" },
  ],

  async run(args, context) {
    const { io } = context;
    const format = args.format ?? formatOfName(args.out, matrixFormats) ?? "csv";
    if (format !== "csv" && args.out === "-" && io.stdout.isTTY) {
      throw new ExpectedError("usage", `${format} is not for a terminal; give --out FILE`);
    }
    await using output = await context.openOutput(args.out);
    await using source = await openMatrix(args, context);
    const rows = format === "npy" && !output.seekable ? await source.countRows() : undefined;
    const writer = matrixWriter(format, output, { columns: source.columns.map(({ id }) => id), rows });
    for await (const { matrix, rows: pieceRows } of source.pieces()) await writer.add(matrix, pieceRows);
    await writer.finish();
    await output.commit();
    remarkOnReading(source.tally, args.rejects, context);
    context.report(shapes(source));
    return 0;
  },
});

/** `1243021 x 22 -> 1243021 x 55`: plain digits, for scripts. */
function shapes({ columns, tally }: MatrixSource): string {
  return `${tally.rows} x ${tally.columns.size} -> ${tally.rows} x ${columns.length}`;
}
