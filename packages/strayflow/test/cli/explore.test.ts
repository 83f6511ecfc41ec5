import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { simulate } from "../../src/simulate/index.ts";
import type { ExploreResult } from "../../src/explore/result.ts";
import { run } from "./test-io.ts";
import { openWorld } from "./world.ts";

let folder = "";
let logs = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-explore-cli-"));
  logs = join(folder, "logs");
  await simulate({ out: logs, days: 1, hosts: 10, seed: 3 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("explore says what stands out, where the report is and what to do next", async () => {
  const out = join(folder, "report");
  const { status, stdout, stderr } = await run([
    "explore",
    logs,
    "--out",
    out,
    "--timezone",
    "Europe/Berlin",
    "--quiet",
  ]);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(
    /^[\d,]+ connections between [\d,]+ hosts, .*\s+Times are those\s+of\s+Europe\/Berlin\./,
  );
  expect(stdout).toContain(`Written to ${join(out, "report.html")}, with `);
  expect(stdout).toContain("strayflow train");
  for (const line of stdout.split("\n"))
    expect(line.length).toBeLessThanOrEqual(
      line.startsWith("  stray") || line.startsWith("Written") ? 500 : 100,
    );
  expect(await readFile(join(out, "report.html"), "utf8")).toContain("What is in this traffic");
  expect((await readdir(out)).sort()).toEqual(["charts", "report.html", "tables"]);
});

test("--json prints one object with every number, and writes no report unless told", async () => {
  const { status, stdout } = await run(["explore", logs, "--json", "--quiet"]);
  expect(status).toBe(0);
  const result = JSON.parse(stdout) as Record<string, unknown>;
  expect(Object.keys(result)).toEqual([
    "zone", "shape", "sensor", "columns", "histograms", "time", "tops", "hosts", "unusual", "correlations", "profiles", "findings",
    "peak_rss_bytes",
  ]); // prettier-ignore
});

test("with a model, its incidents are among the findings, worst first, and flagged connections in the time line", async () => {
  await using world = await openWorld();
  const model = await world.train("model");
  const out = join(world.folder, "report");
  const words = ["explore", ...world.attacked, "--model", model, "--out", out, "--json", "--quiet"];
  const { status, stdout } = await run(words);
  expect(status).toBe(0);
  const { scored, findings } = JSON.parse(stdout) as ExploreResult;
  expect(scored?.flagged).toBeGreaterThan(0);
  expect(scored?.perBin.reduce((sum, count) => sum + count, 0)).toBe(scored?.flagged);
  const incidents = findings.filter(({ kind }) => kind.startsWith("incident-"));
  expect(incidents.length).toBeGreaterThan(0);
  expect(findings.some(({ sentence }) => /tried [\d,]+ ports/.test(sentence))).toBe(true);
  for (const { severity, evidence } of incidents) {
    expect(severity).toBeGreaterThan(0);
    expect(evidence.rows.length).toBeGreaterThan(0);
  }
  const order = findings.map(({ severity }) => severity);
  expect(order).toEqual(order.toSorted((a, b) => b - a));
  expect(await readFile(join(out, "report.html"), "utf8")).toContain("By the model in ");
});

test("what is wrong is refused before anything is written", async () => {
  const out = join(folder, "nothing");
  const zone = await run(["explore", logs, "--out", out, "--timezone", "Mars"]);
  expect([zone.status, zone.stderr]).toEqual([
    2,
    expect.stringContaining("--timezone expects the name of a time zone"),
  ]);
  const missing = await run(["explore", join(folder, "none.log"), "--out", out]);
  expect(missing.status).toBe(65);
  const host = await run(["explore", logs, "--out", out, "--host", "203.0.113.250"]);
  expect([host.status, host.stderr]).toEqual([2, expect.stringContaining("is at neither end of any")]);
  expect((await readdir(folder)).sort()).not.toContain("nothing");
});
