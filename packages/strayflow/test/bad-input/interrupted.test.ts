import { cp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadBundle } from "../../src/model/bundle.ts";
import { abortAfter, run } from "../cli/test-io.ts";
import { openSample, type Sample } from "./sample.ts";

let sample: Sample;
beforeAll(async () => {
  sample = await openSample();
}, 60_000);
afterAll(() => sample[Symbol.asyncDispose]());

const moments = [0, 1, 3, 10, 25, 40, 60, 90, 130, 180, 250, 350, 500];

describe("Ctrl-C at any moment", () => {
  test("of training leaves the whole new model or nothing, and an older one untouched", async () => {
    const model = sample.path("interrupted");
    const words = [
      "train",
      sample.logPath,
      "--model",
      model,
      "--preset",
      "connection",
      "--epochs",
      "3",
      "--seed",
      "7",
    ];
    const before = await readdir(sample.folder);
    await cp(sample.model, model, { recursive: true });
    const older = await readFile(join(model, "manifest.json"), "utf8");
    const statuses: number[] = [];
    for (const moment of moments) {
      const { status, stderr } = await run(words, { signal: abortAfter(moment) });
      statuses.push(status);
      const { manifest } = await loadBundle(model);
      expect((await readdir(sample.folder)).sort()).toEqual([...before, "interrupted"].sort());
      const isOlder = (await readFile(join(model, "manifest.json"), "utf8")) === older;
      const expected = status === 0 ? { isOlder: false, seed: 7 } : { isOlder: true, seed: 1 };
      expect({ isOlder, seed: manifest.network.seed }).toEqual(expected);
      expect(stderr.includes("strayflow: interrupted")).toBe(status === 130);
      if (status === 0) break;
    }
    expect(statuses[0]).toBe(130);
    expect(statuses.slice(1, -1).every((status) => status === 130)).toBe(true);
    await rm(model, { recursive: true });
  });

  test.each<[string, (name: string) => string[]]>([
    [
      "scoring",
      (name) => ["score", sample.logPath, "--model", sample.model, "--all", "--out", `${name}.ndjson`],
    ],
    ["features", (name) => ["features", sample.logPath, "--preset", "seed", "--out", `${name}.parquet`]],
    ["simulation", (name) => ["simulate", "--out", name, "--rows", "4000"]],
  ])("of %s leaves no half file", async (_what, words) => {
    for (const moment of [0, 3, 10, 25, 50, 100]) {
      const before = await readdir(sample.folder);
      const { status } = await run(words(sample.path(`cut-${moment}`)), { signal: abortAfter(moment) });
      if (status === 0) break;
      expect(status).toBe(130);
      expect(await readdir(sample.folder)).toEqual(before);
    }
  });
});
