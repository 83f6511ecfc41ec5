import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Watch } from "../../src/live/watch.ts";
import { trainModel } from "../../src/pipeline/train.ts";
import { openOffice, quick, shares, type Office } from "../pipeline/office.ts";
import { run } from "./test-io.ts";

let office: Office;
beforeAll(async () => {
  office = await openOffice({ rows: 4000, seed: 11 });
  const modelDir = office.path("model");
  const inputs = [office.normal];
  await trainModel({ preset: "connection", seed: 1, inputs, modelDir, split: "time", shares, ...quick });
  const source = `office=${office.later}`;
  const place = ["--store", office.path("a.store"), "--model", office.path("model")];
  const { status, stderr } = await run(["watch", source, ...place, "--from-start", "--once"]);
  if (status !== 0) throw new Error(stderr);
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

const silent = { debug() {}, info() {}, warn() {}, error() {} };

test("while a watch runs, retrain learns from its store, and the watch loads the model that takes over", async () => {
  const [model, store] = [office.path("model"), office.path("a.store")];
  const manifest = () => readFile(`${model}/manifest.json`, "utf8");
  const before = await manifest();
  const watch = await Watch.open({
    modelDir: model,
    sources: [{ name: "office", path: office.later }],
    store,
    sinks: [],
    log: silent,
    reload: async () => ({ model: { modelDir: model }, sinks: [] }),
  });
  const running = watch.run();
  const hash = watch.engine.model().hash;
  try {
    const tried = await run(["retrain", "--model", model, "--store", store]);
    expect(tried.stderr).not.toContain("rror");
    expect(tried.status).toBe(0);
    expect(tried.stdout).toMatch(/incidents a day +[\d.,]+ +[\d.,]+/);
    expect(tried.stdout).toContain("The model in use stays.");
    expect(await manifest()).toBe(before);
    const swapped = await run(["retrain", "--model", model, "--store", store, "--swap", "--json"]);
    expect(JSON.parse(swapped.stdout)).toMatchObject({
      isSwapped: true,
      reloaded: "model and configuration were loaded anew",
    });
    expect(await manifest()).not.toBe(before);
    expect(watch.engine.model().hash).not.toBe(hash);
    const back = await run(["retrain", "--model", model, "--store", store, "--put-back"]);
    expect(back.stdout).toContain("is in use again");
    expect(await manifest()).toBe(before);
    expect(watch.engine.model().hash).toBe(hash);
  } finally {
    watch.stop();
    await running;
    await watch.close();
  }
}, 60_000);

test("nothing to learn from, two ways to swap, and no earlier model are said", async () => {
  const model = ["--model", office.path("model")];
  expect(await run(["retrain", ...model])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("--store"),
  });
  expect(await run(["retrain", office.later, ...model, "--swap", "--auto"])).toMatchObject({ status: 2 });
  expect(await run(["retrain", "--model", office.path("none"), "--put-back"])).toMatchObject({ status: 66 });
  const none = await run(["retrain", ...model, "--store", office.path("none.store")]);
  expect(none).toMatchObject({ status: 66, stderr: expect.stringContaining("there is no store") });
});
