import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { simulate } from "../../src/simulate/index.ts";
import { run } from "./test-io.ts";

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
  expect(stdout).toMatch(/^[\d,]+ connections between [\d,]+ hosts, .*\s+Times are those\s+of\s+Europe\/Berlin\./);
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
    "zone", "shape", "sensor", "columns", "histograms", "correlations", "time", "tops", "hosts", "profiles", "unusual", "findings",
  ]); // prettier-ignore
});

test("what is wrong is refused before anything is written", async () => {
  const out = join(folder, "nothing");
  const zone = await run(["explore", logs, "--out", out, "--timezone", "Mars"]);
  expect([zone.status, zone.stderr]).toEqual([
    2,
    expect.stringContaining("--timezone expects the IANA name"),
  ]);
  const missing = await run(["explore", join(folder, "none.log"), "--out", out]);
  expect(missing.status).toBe(65);
  const host = await run(["explore", logs, "--out", out, "--host", "203.0.113.250"]);
  expect([host.status, host.stderr]).toEqual([2, expect.stringContaining("is at neither end of any")]);
  expect((await readdir(folder)).sort()).not.toContain("nothing");
});
