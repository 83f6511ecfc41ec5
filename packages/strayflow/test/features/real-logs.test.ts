import { expect, test } from "vitest";
import { learnBaseline, openExtractor, presetNames } from "../../src/features/index.ts";
import { readConnections } from "../../src/zeek/index.ts";
import type { Batch } from "../../src/zeek/batch.ts";
import { hasSharedData, sharedData } from "../shared-data.ts";

const logs = ["office-day", "scans", "small-attacks", "formats/busy-hour.conn.log.gz", "apt29-json"];

test.skipIf(!hasSharedData).for(logs)("real logs give finite features that vary: %s", async (log) => {
  const batches: Batch[] = [];
  for await (const batch of readConnections([sharedData(log)])) batches.push(batch);
  expect(batches.length).toBeGreaterThan(0);
  for (const preset of presetNames) {
    const learner = learnBaseline(preset);
    for (const batch of batches) learner.learn(batch);
    const extractor = openExtractor(preset, learner.finish());
    const { columns, width } = extractor;
    const varies = new Uint8Array(width);
    let bad = 0;
    for (const batch of batches) {
      const out = new Float32Array(batch.rows * width);
      extractor.fill(out, batch);
      for (let i = 0; i < out.length; i++) {
        if (!Number.isFinite(out[i])) bad++;
        if (i >= width && out[i] !== out[i - width]) varies[i % width] = 1;
      }
    }
    expect(bad).toBe(0);
    const varying = columns.filter((_, k) => varies[k] === 1).map(({ id }) => id);
    expect(varying.length).toBeGreaterThan(10);
  }
});
