import { chmod, mkdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Office } from "../../pipeline/office.ts";
import { startWatch, pathsOf, writeConfig } from "./chaos.ts";
import { growingLog } from "./helpers.ts";
import { openTrainedOffice } from "./watched-office.ts";

let office: Office;
beforeAll(async () => {
  office = await openTrainedOffice({ rows: 2500, seed: 11 });
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

test("SIGTERM commits what was read and ends with status 0; a second watch on the store is told who has it", async () => {
  const run = { office, name: "term" };
  await growingLog(office, "term", 300);
  await writeConfig(run);
  const first = startWatch(run);
  while (!first.said().includes("incident")) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = startWatch(run);
  expect(await second.ended).toBe(66);
  expect(second.said()).toMatch(/in use by process \d+/);
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
  expect(first.said()).toContain('"rows":300');
  for (const line of first.said().trimEnd().split("\n")) expect(JSON.parse(line)).toHaveProperty("msg");
}, 30_000);

test("SIGHUP with a configuration that is wrong changes nothing, and says so", async () => {
  const run = { office, name: "hangup" };
  const log = await growingLog(office, "hangup", 300);
  await writeConfig(run);
  const watch = startWatch(run);
  const says = async (text: string) => {
    while (!watch.said().includes(text)) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await says("incident");
  const { config } = pathsOf(run);
  await writeFile(config, "sinks: nonsense\n");
  watch.child.kill("SIGHUP");
  await says("not loaded anew");
  await writeConfig(run);
  watch.child.kill("SIGHUP");
  await says("were loaded anew");
  await log.add(20);
  watch.child.kill("SIGTERM");
  expect(await watch.ended).toBe(0);
}, 30_000);

test.skipIf(process.getuid?.() === 0)(
  "a store that may not be written to is refused at the start",
  async () => {
    const run = { office, name: "readonly" };
    await growingLog(office, "readonly", 10);
    await writeConfig(run);
    await mkdir(office.path("locked"));
    await chmod(office.path("locked"), 0o500);
    const watch = startWatch(run, "--store", office.path("locked/store"));
    expect(await watch.ended).toBe(74);
  },
  30_000,
);

test("a store in a folder that is not there is refused with a word, not a stack", async () => {
  const run = { office, name: "nowhere" };
  await growingLog(office, "nowhere", 10);
  await writeConfig(run);
  const watch = startWatch(run, "--store", office.path("no/such/store"));
  expect(await watch.ended).toBe(74);
  expect(watch.said()).toContain("cannot open the store");
}, 30_000);
