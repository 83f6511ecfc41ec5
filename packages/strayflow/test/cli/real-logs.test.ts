import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasSharedData, sharedData } from "../shared-data.ts";
import { run } from "./test-io.ts";

test.runIf(hasSharedData)(
  "a real day is learned, and a real scan in JSON is ranked by it and explained",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "strayflow-real-"));
    try {
      const model = join(folder, "office.model");
      const words = ["--model", model, "--preset", "connection", "--epochs", "10", "--json"];
      const trained = await run(["train", sharedData("office-day"), ...words]);
      expect(trained.status).toBe(0);
      expect(JSON.parse(trained.stdout)).toMatchObject({ rows: { read: 8462, rejected: 0 } });

      const scored = await run([
        "score",
        sharedData("scans/nmap.conn.json.gz"),
        "--model",
        model,
        "--all",
        "--top",
        "50",
      ]);
      expect(scored.status).toBe(0);
      expect(scored.stdout).toContain(" of 4,504 connections ");
      expect(scored.stdout.split("\n").filter((line) => /^ {1,2}\d+ /.test(line))).toHaveLength(50);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
