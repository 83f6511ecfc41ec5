import { cp, readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./test-io.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.train("good.model");
  await cp(world.path("good.model"), world.path("cut.model"), { recursive: true });
  const network = await readFile(world.path("cut.model/network.onnx"));
  await writeFile(world.path("cut.model/network.onnx"), network.subarray(0, 1000));
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

test("list names every model, and says which cannot be used", async () => {
  const { status, stdout } = await run(["models", "list", world.folder]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^good\.model +connection +[\d,]+ +\d{4}-\d\d-\d\d/m);
  expect(stdout).toMatch(/^cut\.model +not usable: .*cut short/m);
  expect(stdout).not.toContain("logs");
});

test("list --json and show --json print one object", async () => {
  const list = await run(["models", "list", world.folder, "--json"]);
  expect(JSON.parse(list.stdout)).toMatchObject({
    models: [{ name: "cut.model" }, { name: "good.model", manifest: { preset: "connection" } }],
  });
  const show = await run(["models", "show", world.path("good.model"), "--json"]);
  expect(JSON.parse(show.stdout)).toMatchObject({ format: 1, preset: "connection" });
});

test("show refuses a damaged model with status 66 and names the file", async () => {
  const { status, stderr } = await run(["models", "show", world.path("cut.model")]);
  expect(status).toBe(66);
  expect(stderr).toContain("network.onnx");
});

test("show fits the terminal", async () => {
  const { stdout } = await run(["models", "show", world.path("good.model")]);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  expect(stdout).toMatch(/flagged at +score above/);
});

test("a directory that is not there is missing input", async () => {
  expect((await run(["models", "list", world.path("none")])).status).toBe(65);
});
