import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadBundle } from "../../src/model/bundle.ts";
import { run } from "../cli/test-io.ts";
import { openSample, type Sample } from "./sample.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

let sample: Sample;
beforeAll(async () => {
  sample = await openSample();
}, 60_000);
afterAll(() => sample[Symbol.asyncDispose]());

/** The commands that write something, each told to write to `path`. */
const writing: readonly [string, (path: string) => string[]][] = [
  ["train", (path) => ["train", sample.logPath, "--model", path, "--preset", "connection", "--epochs", "1"]],
  [
    "score to CSV",
    (path) => ["score", sample.logPath, "--model", sample.model, "--all", "--out", `${path}.csv`],
  ],
  [
    "score to Parquet",
    (path) => ["score", sample.logPath, "--model", sample.model, "--all", "--out", `${path}.parquet`],
  ],
  ["features", (path) => ["features", sample.logPath, "--preset", "connection", "--out", `${path}.npy`]],
  ["simulate", (path) => ["simulate", "--out", path, "--rows", "3000"]],
];

describe.each(writing)("%s", (_what, words) => {
  test.each([
    ["under a file", () => join(sample.logPath, "out")],
    ["where nothing can be made", () => "/proc/strayflow/out"],
  ])("refuses a place %s with status 74, before any work is done", async (_place, path) => {
    const before = await readdir(sample.folder);
    const { status, stdout, stderr } = await run(words(path()));
    expect([status, stdout]).toEqual([74, ""]);
    expect(stderr).toContain(path());
    expect(await readdir(sample.folder)).toEqual(before);
  });

  test.runIf(existsSync("/bin/bash"))("leaves nothing behind on a disk that fills up", async () => {
    const before = await readdir(sample.folder);
    // Files of more than 8 blocks cannot be written: what a full disk looks like, in the middle of the work.
    const limited = [
      "-c",
      'ulimit -f 8; exec "$0" "$@"',
      process.execPath,
      main,
      ...words(sample.path("full")),
    ];
    const { status, stdout, stderr } = spawnSync("/bin/bash", limited, { encoding: "utf8" });
    expect([status, stdout]).toEqual([74, ""]);
    expect(stderr).toContain("cannot write");
    expect(stderr).toContain(sample.path("full"));
    expect(await readdir(sample.folder)).toEqual(before);
  });
});

test("a model is never written over a directory of other things", async () => {
  const network = join(sample.logPath, "..");
  const before = await readdir(network);
  const { status, stderr } = await run(["train", sample.logPath, "--model", network, "--epochs", "1"]);
  expect(status).toBe(74);
  expect(stderr).toContain("holds other files");
  expect(await readdir(network)).toEqual(before);
});

test("a new model that cannot be made leaves the old one as it was", async () => {
  const manifest = await readFile(join(sample.model, "manifest.json"), "utf8");
  const few = await sample.write("few.log", sample.log.text(sample.log.rows.slice(0, 12)));
  const { status } = await run(["train", few, "--model", sample.model, "--preset", "connection"]);
  expect(status).toBe(65);
  expect(await readFile(join(sample.model, "manifest.json"), "utf8")).toBe(manifest);
  await loadBundle(sample.model);
});

test.runIf(existsSync("/dev/full"))("rejected lines that cannot be kept are status 74", async () => {
  const bad = await sample.write("bad.log", sample.log.changed("ts", "soon"));
  const words = ["score", bad, "--model", sample.model, "--json", "--rejects", "/dev/full"];
  const { status, stderr } = await run(words);
  expect(status).toBe(74);
  expect(stderr).toContain("no space is left on the device (/dev/full)");
});
