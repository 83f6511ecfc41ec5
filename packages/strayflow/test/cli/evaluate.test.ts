import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ScenarioReport } from "../../src/evaluate/index.ts";
import { labelledWorld } from "../evaluate/labelled-world.ts";
import { ordinary, temporaryFolder, writeTsvLog } from "../evaluate/write-log.ts";
import { run } from "./test-io.ts";

function scenarioFolder(...scenarios: object[]) {
  const folder = temporaryFolder();
  writeTsvLog(
    folder,
    "conn.log",
    Array.from({ length: 350 }, (_, i) => ordinary(i)),
  );
  scenarios.forEach((scenario, index) =>
    writeFileSync(join(folder, `${index}.json`), JSON.stringify(scenario)),
  );
  return folder;
}

const quiet = {
  name: "quiet",
  normal: { logs: ["conn.log"] },
  split: { train: 0.6, calibrate: 0.2 },
  rates: [0.05],
  seeds: [1],
  preset: "connection",
};

test("a directory runs every scenario in it", async () => {
  const folder = scenarioFolder(quiet, { ...quiet, name: "quiet too" });
  const { status, stdout, stderr } = await run(["evaluate", "--scenario", folder, "--json", "--quiet"]);
  expect([status, stderr]).toEqual([0, ""]);
  const { scenarios } = JSON.parse(stdout) as { scenarios: ScenarioReport[] };
  expect(scenarios.map(({ scenario }) => scenario)).toEqual(["quiet", "quiet too"]);
  for (const report of scenarios) {
    expect(Object.keys(report)).toEqual(["scenario", "rows", "product", "detectors", "fit", "sensor"]);
    expect(report.rows).toEqual({ train: 210, calibrate: 70, test_normal: 70, attack: 0 });
  }
}, 30_000);

test("for a person there are tables, and sentences on what they come to", async () => {
  const { plain, truth, model } = await labelledWorld();
  const { status, stdout, stderr } = await run([
    "evaluate",
    plain,
    "--model",
    model,
    "--truth",
    truth,
    "--rates",
    "0.05",
  ]);
  expect(status).toBe(0);
  expect(stdout).toContain("Attack rows found, and normal rows flagged, at the rates that were asked for");
  expect(stdout).toMatch(/^ {2}strayflow +1\.000 /m);
  expect(stdout).toMatch(/At 5 % strayflow (keeps|does not keep) its rate/);
  expect(stderr).toContain("uids of the truth that are in none of the logs: 1");
  const json = await run(["evaluate", plain, "--model", model, "--truth", truth, "--json"]);
  expect(Object.keys(JSON.parse(json.stdout) as object)).toEqual([
    "scenario",
    "rows",
    "product",
    "detectors",
    "fit",
    "sensor",
  ]);
}, 20_000);

test("wrong words and wrong scenarios are refused, with what was found and expected", async () => {
  const folder = scenarioFolder({ ...quiet, rates: [2], sede: 1 });
  const failure = async (...words: string[]) => {
    const { status, stderr, stdout } = await run(["evaluate", ...words]);
    expect(stdout).toBe("");
    return `${status} ${stderr}`;
  };
  expect(await failure()).toMatch(/^2 .*--scenario FILE, or LOGS with --model DIR/);
  expect(await failure("x.log")).toMatch(/^2 .*--model DIR is needed/);
  expect(await failure("x.log", "--scenario", "y.json")).toMatch(/^2 .*names its own logs/);
  expect(await failure("--scenario", join(folder, "none.json"))).toMatch(/^65 .*no such scenario file/);
  expect(await failure("--scenario", join(folder, "0.json"))).toMatch(
    /^2 .*rates\.0: .*found 2.*unknown "sede"/,
  );
});
