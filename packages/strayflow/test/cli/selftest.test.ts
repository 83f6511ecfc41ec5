import { expect, test } from "vitest";
import { labelledWorld } from "../evaluate/labelled-world.ts";
import { ordinary, writeTsvLog } from "../evaluate/write-log.ts";
import { run } from "./test-io.ts";

test("says at which strength each attack is found, what the strengths mean, and who finds it sooner", async () => {
  const { folder, model } = await labelledWorld();
  const log = writeTsvLog(
    folder,
    "own.log",
    Array.from({ length: 500 }, (_, i) => ordinary(800 + i)),
  );
  const words = ["selftest", log, "--model", model, "--repeats", "1", "--p-value", "0.01"];
  words.push("--attacks", "port-scan,exfiltration");
  const { status, stdout } = await run(words);
  expect(status).toBe(0);
  expect(stdout).toMatch(/Planted into the last 250\s+connections, after 250 to warm up/);
  expect(stdout).toMatch(/^ {2}attack +strayflow +PCA +5-NN +ECOD +iso\. forest +counting$/m);
  for (const kind of ["port-scan", "exfiltration"]) {
    expect(stdout).toMatch(new RegExp(`^ {2}${kind} +(faint|weak|medium|strong|not found) `, "m"));
  }
  expect(stdout).toMatch(/ strong +5,000 .*ports 5,000, ports per minute 6,000/);
  expect(stdout).toMatch(/smaller strength than strayflow\./);
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
}, 30_000);

test("budget and p-value exclude each other", async () => {
  const { status, stderr } = await run([
    "selftest",
    "x.log",
    "--model",
    "m",
    "--budget",
    "5/day",
    "--p-value",
    "0.01",
  ]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("give one of them")]);
});

test("an attack that there is none of is refused, with those that there are", async () => {
  const { status, stderr } = await run(["selftest", "x.log", "--model", "m", "--attacks", "beacon,portscan"]);
  expect([status, stderr]).toEqual([2, expect.stringMatching(/expects of port-scan, .*found "portscan"/)]);
});
