import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { abortAfter, run } from "./test-io.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

const quick = ["--preset", "connection", "--epochs", "2"];

test("--json prints one object with the contract's keys", async () => {
  const model = world.path("json.model");
  const { status, stdout } = await run(["train", ...world.clean, "--model", model, ...quick, "--json"]);
  expect(status).toBe(0);
  expect(stdout.trimEnd()).not.toContain("\n");
  const summary = JSON.parse(stdout) as Record<string, Record<string, number>>;
  expect(Object.keys(summary)).toEqual([
    "model",
    "preset",
    "rows",
    "features",
    "parameters",
    "epochs",
    "loss",
    "threshold",
    "audit",
    "seconds",
    "peak_rss_bytes",
  ]);
  const { read, train, validation, test: rest } = summary["rows"]!;
  expect(train! + validation! + rest!).toBe(read);
  expect(Object.keys(summary["loss"]!)).toEqual(["train", "validation", "test", "untrained", "pca"]);
  expect(Object.keys(summary["seconds"]!)).toEqual(["read", "features", "fit", "calibrate", "total"]);
});

test("a person reads a card, where the model is, and what to do next", async () => {
  const model = world.path("card.model");
  const { status, stdout } = await run(["train", ...world.clean, "--model", model, ...quick]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^preset {6}connection: \d+ features/);
  expect(stdout).toContain("untrained network");
  expect(stdout.trimEnd().split("\n").at(-1)).toBe(`  strayflow score LOGS --model ${model}`);
  const shown = await run(["models", "show", model]);
  expect(shown.status).toBe(0);
  expect(stdout.startsWith(shown.stdout)).toBe(true);
});

test("logs may come from standard input", async () => {
  const first = (await readdir(world.clean[0]!)).sort()[10]!;
  const bytes = await readFile(`${world.clean[0]}/${first}`);
  const words = ["train", "-", "--model", world.path("stdin.model"), ...quick, "--json"];
  const { status, stdout } = await run(words, { stdin: bytes });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ preset: "connection", rows: { rejected: 0 } });
});

test.each([5, 100, 400])(
  "interrupted after %i ms, leaves no model and no half of one",
  async (milliseconds) => {
    const before = await readdir(world.folder);
    const words = [
      "train",
      ...world.clean,
      "--model",
      world.path("never.model"),
      "--epochs",
      "100000",
      "--patience",
      "100000",
    ];
    const { status } = await run(words, { signal: abortAfter(milliseconds) });
    expect(status).toBe(130);
    expect(await readdir(world.folder)).toEqual(before);
  },
);

test("a directory that holds something else is never overwritten", async () => {
  await writeFile(world.path("logs/diary.txt"), "");
  const { status, stderr } = await run(["train", ...world.clean, "--model", world.path("logs"), ...quick]);
  expect(status).toBe(74);
  expect(stderr).toContain("no model");
  expect(existsSync(world.path("logs/diary.txt"))).toBe(true);
});

test("too few rows are said to be too few", async () => {
  const header =
    "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n";
  await writeFile(world.path("few.log"), `${header}1.5\tC1\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\n`);
  const { status, stderr } = await run(["train", world.path("few.log"), "--model", world.path("few.model")]);
  expect(status).toBe(65);
  expect(stderr).toContain("Give more logs");
  expect(existsSync(world.path("few.model"))).toBe(false);
});

test("--keep-suspicious and --exclude-suspicious cannot both be meant", async () => {
  const words = ["train", ...world.attacked, "--model", world.path("both.model")];
  const { status, stderr } = await run([...words, "--keep-suspicious", "--exclude-suspicious"]);
  expect(`${status} ${stderr}`).toMatch(/^2 .*--exclude-suspicious and --keep-suspicious: give one of them/);
});

test("--exclude-suspicious leaves a planted scan out, and says so", async () => {
  const words = ["train", ...world.attacked, ...quick];
  const plain = await run([...words, "--model", world.path("dirty.model")]);
  expect(plain.stderr).toMatch(
    /In the logs to learn from:\n {2}\S+ tried [\d,]+ ports of \S+ on .* UTC: [\d.]+ % of all connections\.\n/,
  );
  expect(plain.stderr).toContain("left out with --exclude-suspicious");
  const clean = await run([
    ...words,
    "--model",
    world.path("cleaned.model"),
    "--exclude-suspicious",
    "--json",
  ]);
  const { audit, rows } = JSON.parse(clean.stdout) as {
    audit: { excluded: number; rows: number };
    rows: { train: number; validation: number; test: number };
  };
  expect(audit.excluded).toBeGreaterThan(1000);
  expect(rows.train + rows.validation + rows.test).toBe(audit.rows - audit.excluded);
  expect(rows.train / (audit.rows - audit.excluded)).toBeCloseTo(0.675, 2);
  const { stdout } = await run(["models", "show", world.path("cleaned.model")]);
  expect(stdout).toMatch(/left out {4}[\d,]+ as suspicious/);
});
