import { mkdir, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../cli/test-io.ts";
import { openSample, type Sample } from "./sample.ts";

let sample: Sample;
beforeAll(async () => {
  sample = await openSample();
}, 60_000);
afterAll(() => sample[Symbol.asyncDispose]());

/** Clears the screen, sets a title, turns the reading direction, and would begin a line of its own. */
const hostile = "\x1b[2J\x1b]0;owned\x07\u202e\u009b31m";
const hostileName = `evil\nstrayflow: all is well${hostile}`;

/** Whatever a terminal acts on, but for the ends of our own lines. */
// oxlint-disable-next-line no-control-regex
const acting = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

/** Runs a command and gives all that it said, which must be inert. */
async function said(words: readonly string[], status: number): Promise<string> {
  const finished = await run(words);
  const text = finished.stdout + finished.stderr;
  expect(text).not.toMatch(acting);
  expect(text).not.toMatch(/^strayflow: all is well/m);
  expect(finished.status).toBe(status);
  return text;
}

const scoring = (input: string) => ["score", input, "--model", sample.model];

test.each<[string, () => string | Uint8Array, number, string]>([
  [
    "#path",
    () => `#separator \\x09\n#path\t${hostile}\n#fields\ta\tb\n1\t2\n`,
    65,
    "log; expected a conn log",
  ],
  [
    "#path of rows that are left out",
    () => `${sample.log.text()}#separator \\x09\n#path\t${hostile}\n#fields\ta\tb\n1\t2\n`,
    0,
    "left out 1 row",
  ],
  [
    "#separator",
    () => `#separator ${hostile}\n${sample.log.text().split("\n").slice(1).join("\n")}`,
    65,
    "log",
  ],
  [
    "a column that is there twice",
    () =>
      sample.log.text(
        sample.log.rows.map((row) => [...row, "a", "b"]),
        [...sample.log.columns, hostile, hostile],
      ),
    65,
    "twice",
  ],
  [
    "a column that nobody knows",
    () =>
      sample.log.text(
        sample.log.rows.map((row) => [...row, hostile]),
        [...sample.log.columns, hostile],
      ),
    0,
    "connections",
  ],
  ["_path of JSON", () => `{"_path":${JSON.stringify(hostile)},"ts":1}\n`, 65, "expected"],
  ["prose", () => `${hostile}\n`, 65, "no Zeek log"],
])("hostile text in %s is shown inert", async (_where, make, status, message) => {
  const file = await sample.write("hostile.log", make());
  for (const debug of [[], ["--debug"]])
    expect(await said([...scoring(file), ...debug], status)).toContain(message);
});

test("the names of files and folders are shown inert, in errors, warnings, results and commands to paste", async () => {
  const folder = sample.path(hostileName);
  await mkdir(folder);
  const log = join(folder, "conn.log");
  await writeFile(log, sample.log.text());
  const empty = join(folder, "conn.empty.log");
  await writeFile(empty, "");
  const cut = join(folder, "conn.cut.log.gz");
  await writeFile(cut, gzipSync(sample.log.text()).subarray(0, -2000));
  const model = join(folder, "model");
  const quick = ["--preset", "connection", "--epochs", "1"];

  await said(["train", folder, "--model", model, ...quick], 0);
  await said(["models", "show", model], 0);
  await said(["models", "list", folder], 0);
  await said(["models", "list", sample.folder], 0);
  await said(["score", folder, "--model", model, "--all"], 0);
  await said(["score", log, "--model", model, "--p-value", "1e-300"], 0);
  await said(["score", log, "--model", model, "--out", join(folder, "out.csv")], 0);
  await said(["features", log, "--preset", "seed", "--out", join(folder, "out.npy")], 0);
  await said(["simulate", "--out", join(folder, "net"), "--rows", "500"], 0);
  await said(scoring(empty), 65);
  await said(scoring(cut), 0);
  await said(scoring(join(folder, "missing")), 65);
  await said(["score", log, "--model", join(folder, "nothing")], 66);
  await said(["train", log, "--model", join(log, "model"), ...quick], 74);
  await said(["score", log, "--model", model, "--out", join(log, "x")], 74);
  await said(["simulate", "--out", log], 74);
  await said(["score", log, "--model", model, "--format", hostile], 2);
  await said([hostileName], 2);
});

test("a value that training learns by name stays inert wherever the name shows up", async () => {
  const at = sample.log.columns.indexOf("service");
  const rows = sample.log.rows.map((row, index) => (index % 3 === 0 ? row.with(at, `x${hostile}`) : row));
  const file = await sample.write("learned.log", sample.log.text(rows));
  const model = sample.path("learned.model");
  await said(["train", file, "--model", model, "--preset", "connection", "--epochs", "2"], 0);
  await said(["models", "show", model], 0);
  await said(["score", file, "--model", model, "--all"], 0);
  await said(["score", sample.logPath, "--model", model, "--all", "--format", "csv"], 0);
  await said(["features", file, "--model", model], 0);
  await said(["features", file, "--preset", "seed"], 0);
});
