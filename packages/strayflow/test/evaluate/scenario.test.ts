import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ExpectedError } from "../../src/base/errors.ts";
import { parseScenario, readScenario } from "../../src/evaluate/scenario.ts";

const least = { name: "x", normal: { logs: ["a.log"] }, split: { train: 0.6, calibrate: 0.2 } };

test("the scenario of the contract is read, with paths beside the file", () => {
  const scenario = parseScenario(
    JSON.stringify({
      name: "scan in an office",
      normal: { logs: ["office-day"], labels: ["Benign"], where: "id.resp_p != 25" },
      test_normal: { logs: ["another-host.log"] },
      attack: {
        logs: ["scans/nmap.conn.json.gz", "/absolute.log"],
        labels: ["Malicious"],
        where: "proto = tcp",
        into: "test",
        as_host: "192.168.1.102",
      },
      split: { train: 0.6, calibrate: 0.2 },
      contaminate: 0.05,
      without: ["direction"],
      rates: [0.01, 0.001],
      seeds: [1, 2, 3],
      preset: "connection",
    }),
    "/data/scenarios/scan.json",
  );
  expect(scenario.normal.logs).toEqual(["/data/scenarios/office-day"]);
  expect(scenario.attack!.logs).toEqual(["/data/scenarios/scans/nmap.conn.json.gz", "/absolute.log"]);
  expect(scenario.normal.where).toEqual({
    kind: "not",
    term: { kind: "number", field: "id.resp_p", op: "=", value: 25 },
  });
  expect(scenario).toMatchObject({
    contaminate: 0.05,
    without: ["direction"],
    preset: "connection",
    warm_up: 0,
  });
});

test("what a scenario does not say has a default", () => {
  expect(parseScenario(JSON.stringify(least), "s.json")).toMatchObject({
    without: [],
    rates: [0.01, 0.001],
    seeds: [1, 2, 3],
    preset: "behavior",
  });
});

const faults: readonly (readonly [title: string, change: object, message: RegExp])[] = [
  ["no normal logs", { normal: undefined }, /normal: expected object, found nothing/],
  ["an empty list", { normal: { logs: [] } }, /normal\.logs: expected at least one path, found \[\]/],
  ["a number for a path", { normal: { logs: [3] } }, /normal\.logs\.0: expected string, found 3/],
  ["an unknown key", { normal: { logs: ["a"], lables: ["x"] } }, /normal: unknown "lables"/],
  ["an unknown key at the top", { seed: 3 }, /the whole: unknown "seed"/],
  [
    "a query that is wrong",
    { normal: { logs: ["a"], where: "id.resp_port = 3" } },
    /normal\.where: there is no field "id\.resp_port"; did you mean id\.resp_p\?, at character 1 of "id\.resp_port = 3"/,
  ],
  [
    "a query about scores",
    { normal: { logs: ["a"], where: "p:<1e-3" } },
    /normal\.where: p_value is known only once/,
  ],
  [
    "an age",
    { normal: { logs: ["a"], where: "since:2d" } },
    /normal\.where: an age such as 2d needs a present/,
  ],
  [
    "a host that is none",
    { attack: { logs: ["a"], as_host: "server" } },
    /attack\.as_host: expected an IPv4 or IPv6 address, found "server"/,
  ],
  ["an unknown place", { attack: { logs: ["a"], into: "train" } }, /attack\.into: .*"test".*found "train"/],
  [
    "a share above 1",
    { split: { train: 1.5, calibrate: 0.2 } },
    /split\.train: expected a share above 0 and below 1, found 1\.5/,
  ],
  [
    "no rows left to test",
    { split: { train: 0.8, calibrate: 0.2 } },
    /split: train and calibrate leave nothing to test on/,
  ],
  [
    "more than all rows",
    { split: { train: 0.8, calibrate: 0.3 }, test_normal: { logs: ["b"] } },
    /split: train and calibrate are more than the whole/,
  ],
  ["poison without an attack", { contaminate: 0.1 }, /contaminate: there is no attack/],
  ["a rate of 0", { rates: [0] }, /rates\.0: expected a share above 0 and below 1, found 0/],
  ["a seed below 0", { seeds: [-1] }, /seeds\.0: expected a whole number from 0 on, found -1/],
  ["a rate twice", { rates: [0.1, 0.1] }, /rates: expected each rate once/],
  ["an unknown preset", { preset: "fast" }, /preset: expected one of .*"behavior".*found "fast"/],
];

test.each(faults)("%s is named with its key and what was found", (_title, change, message) => {
  const error = errorOf({ ...least, ...change });
  expect(error.kind).toBe("usage");
  expect(error.place).toEqual({ file: "/data/s.json" });
  expect(error.message).toMatch(message);
});

test("several faults come in one message", () => {
  expect(errorOf({ ...least, rates: [2], preset: "x" }).message).toMatch(
    /has faults: .*rates\.0.*; .*preset/,
  );
});

test("a file that is missing or no JSON is said to be", async () => {
  await expect(readScenario("/nowhere/s.json")).rejects.toMatchObject({ kind: "input-missing" });
  expect(() => parseScenario("{", "s.json")).toThrow(/not JSON/);
});

const folder = fileURLToPath(new URL("../../../../scenarios/", import.meta.url));
const files = globSync("*.json", { cwd: folder });

test("the repository has its scenarios", () => {
  expect(files.length).toBeGreaterThanOrEqual(8);
});

test.each(files)("scenarios/%s can be read", async (file) => {
  const scenario = await readScenario(folder + file);
  const written: unknown = JSON.parse(readFileSync(folder + file, "utf8"));
  expect(scenario.name).toBe((written as { name: string }).name);
});

function errorOf(scenario: object): ExpectedError {
  try {
    parseScenario(JSON.stringify(scenario), "/data/s.json");
  } catch (error) {
    if (error instanceof ExpectedError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
