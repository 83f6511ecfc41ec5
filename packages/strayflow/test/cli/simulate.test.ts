import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { abortAfter, run } from "./test-io.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-simulate-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("writes as many rows as asked for and names what it planted", async () => {
  const out = join(folder, "net");
  const { status, stdout } = await run([
    "simulate",
    "--out",
    out,
    "--rows",
    "5000",
    "--attacks",
    "port-scan:weak,beacon",
    "--files",
    "single",
    "--compression",
    "none",
  ]);
  expect(status).toBe(0);
  expect(stdout).toContain("5,000 connections");
  expect(stdout).toMatch(/^port-scan {2,}weak/m);
  const log = await readFile(join(out, "conn.log"), "utf8");
  expect(log.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toHaveLength(5000);
});

test("--json gives the summary as one object; --attacks none plants none", async () => {
  const { stdout } = await run([
    "simulate",
    "--out",
    join(folder, "net"),
    "--rows",
    "2000",
    "--attacks",
    "none",
    "--json",
    "--format",
    "json",
    "--labels",
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 2000, attackRows: 0, attacks: [] });
});

test("an unknown attack is wrong usage", async () => {
  const { status, stderr } = await run(["simulate", "--out", join(folder, "net"), "--attacks", "meteor"]);
  expect(status).toBe(2);
  expect(stderr).toContain("port-scan");
});

test("interrupted, it leaves nothing", async () => {
  const { status } = await run(["simulate", "--out", join(folder, "net"), "--days", "365"], {
    signal: abortAfter(300),
  });
  expect(status).toBe(130);
  expect(await readdir(folder)).toEqual([]);
});
