import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { simulate } from "../../src/simulate/index.ts";
import { run } from "../cli/test-io.ts";

/** An ordinary log in parts, to be put together wrongly. */
export interface SampleLog {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The whole log; `columns` replaces the names in its header. */
  text(rows?: readonly (readonly string[])[], columns?: readonly string[]): string;
  /** The whole log with one field changed in one row. */
  changed(column: string, value: string, row?: number): string;
}

/** A folder with an ordinary log and a model of it; disposal removes everything. */
export interface Sample extends AsyncDisposable {
  readonly folder: string;
  readonly log: SampleLog;
  readonly logPath: string;
  readonly model: string;
  /** A path in the folder. */
  path(name: string): string;
  /** Writes a file into the folder and gives its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

const sampleRows = 1500;

export async function openSample(): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), "strayflow-bad-"));
  const path = (name: string) => join(folder, name);
  const out = path("network");
  await simulate({
    out,
    rows: sampleRows,
    hosts: 10,
    seed: 3,
    attacks: [],
    files: "single",
    compression: "none",
  });
  const logPath = join(out, "conn.log");
  const model = path("model");
  const words = ["train", logPath, "--model", model, "--preset", "connection", "--epochs", "2", "--quiet"];
  expect(await run(words)).toMatchObject({ status: 0, stderr: "" });
  return {
    folder,
    log: takeApart(await readFile(logPath, "utf8")),
    logPath,
    model,
    path,
    async write(name, content) {
      await writeFile(path(name), content);
      return path(name);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function takeApart(whole: string): SampleLog {
  const lines = whole.trimEnd().split("\n");
  const columns = lines
    .find((line) => line.startsWith("#fields"))!
    .split("\t")
    .slice(1);
  const rows = lines.filter((line) => !line.startsWith("#")).map((line) => line.split("\t"));
  const text: SampleLog["text"] = (someRows = rows, names = columns) =>
    [
      "#separator \\x09",
      "#path\tconn",
      `#fields\t${names.join("\t")}`,
      ...someRows.map((row) => row.join("\t")),
      "",
    ].join("\n");
  return {
    columns,
    rows,
    text,
    changed: (column, value, at = 5) =>
      text(rows.map((row, index) => (index === at ? row.with(columns.indexOf(column), value) : row))),
  };
}

/** The line of a row in `SampleLog.text`. */
export const lineOfRow = (row: number) => row + 4;
