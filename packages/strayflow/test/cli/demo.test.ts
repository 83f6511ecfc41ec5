import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "./test-io.ts";

test("the demo finds planted attacks, keeps its folder on request, and ends with what to do next", async () => {
  const folder = await mkdtemp(join(tmpdir(), "strayflow-demo-test-"));
  try {
    const keep = join(folder, "demo");
    const { status, stdout } = await run(["demo", "--hosts", "10", "--keep", keep]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +\d +port-scan +\w+ +[\d,]+ +[1-9]/m);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("  strayflow score LATER_LOGS... --model DIR");
    expect(await readdir(keep)).toEqual(["logs", "model"]);
    expect(existsSync(join(keep, "model", "manifest.json"))).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
