import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openExtractor } from "../../src/features/index.ts";
import { FitMonitor, type TrafficFit } from "../../src/model/traffic-fit.ts";
import { prepare, type Prepared } from "../../src/pipeline/learn.ts";
import { splitRows } from "../../src/pipeline/split.ts";
import { usualOptions } from "../../src/pipeline/usual-options.ts";
import { BatchSpool, readConnections } from "../../src/zeek/index.ts";
import { hasSharedData, sharedData } from "../shared-data.ts";

const preset = "connection";
const shares = { train: 0.675, validation: 0.125, test: 0.2 };

async function prepareOn(log: string): Promise<Prepared> {
  await using spool = new BatchSpool({ memoryBytes: 1e8 });
  for await (const batch of readConnections([sharedData(log)])) spool.append(batch);
  const partOf = splitRows(spool.rows, { kind: "time", shares }, 1);
  return await prepare(spool, partOf, { ...usualOptions(preset), seed: 1 });
}

async function fitOf({ ranges, drift, norms, baseline }: Prepared, log: string): Promise<TrafficFit> {
  const extractor = openExtractor(preset, baseline);
  const features = extractor.columns.map(({ id, unit, summary }, column) => ({
    id,
    unit,
    summary,
    constant: false,
    center: 0,
    scale: 1,
    normalError: 1,
    usualShift: drift[column]!,
    ...ranges[column]!,
  }));
  const monitor = new FitMonitor({ features, norms });
  for await (const batch of readConnections([sharedData(log)])) {
    const matrix = new Float32Array(batch.rows * extractor.width);
    extractor.fill(matrix, batch);
    monitor.add(batch, matrix);
  }
  return monitor.verdict();
}

describe.skipIf(!hasSharedData)("on real logs", () => {
  let cloud: Prepared;
  beforeAll(async () => {
    cloud = await prepareOn("cloud-server-3days/2024-04-19");
  }, 30_000);
  afterAll(() => cloud[Symbol.dispose]());

  test("a later day of the same network fits", async () => {
    expect(await fitOf(cloud, "cloud-server-3days/2024-04-20")).toMatchObject({
      verdict: "fits",
      reasons: [],
    });
  });

  test.each(["office-day", "formats/busy-hour.conn.log.gz", "windows-attacked", "apt29-json"])(
    "%s is another network",
    async (log) => {
      const fit = await fitOf(cloud, log);
      expect(fit.verdict).toBe("foreign");
      expect(fit.sentence).toMatch(
        /^This traffic is not what the model was trained on: .+\. Train on this network's own logs\.$/,
      );
    },
  );
});
