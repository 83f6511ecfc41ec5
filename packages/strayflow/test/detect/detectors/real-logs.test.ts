import { expect, test } from "vitest";
import { detectors, knownPairs, openDetectors, sentenceOf } from "../../../src/detect/detectors/index.ts";
import { formatAddress, readConnections } from "../../../src/zeek/index.ts";
import type { Batch } from "../../../src/zeek/index.ts";
import { hasSharedData, sharedData } from "../../shared-data.ts";
import { columnOf, DAY, HOUR, key, width } from "./bank.ts";

const caller = "73.54.23.243";

test.skipIf(!hasSharedData)(
  "the beacon in the noise of an exposed server is found within hours, with no other pair as high",
  { timeout: 60_000 },
  async () => {
    const firstDay = Date.UTC(2024, 3, 20) / 1000;
    const isCaller = (batch: Batch, row: number) =>
      formatAddress(batch.orig_h, row) === caller && batch.resp_p[row] === 80;
    const batches: Batch[] = [];
    for await (const batch of readConnections([sharedData("cloud-server-3days")])) batches.push(batch);
    const learner = knownPairs.learner();
    for (const batch of batches) {
      // The beacon runs from the first day on; it is to be news, so training does not see it.
      const include = Uint8Array.from({ length: batch.rows }, (_, row) =>
        batch.ts[row]! < firstDay - DAY / 4 && !isCaller(batch, row) ? 1 : 0,
      );
      learner.learn(batch, include);
    }
    const bank = openDetectors(key, learner.finish());
    const column = columnOf("beacon");
    const thresholds = detectors.map((_, i) => (i === column ? 10 : Infinity));
    let began = Infinity;
    let first = Infinity;
    let sentence = "";
    let highestOther = 0;
    for (const batch of batches) {
      const out = new Float32Array(batch.rows * width);
      const found = bank.fill(out, batch, thresholds);
      for (const evidence of found) {
        if (!isCaller(batch, evidence.row)) continue;
        first = Math.min(first, batch.ts[evidence.row]!);
        sentence = sentenceOf(evidence, batch);
      }
      for (let row = 0; row < batch.rows; row++) {
        const ts = batch.ts[row]!;
        if (isCaller(batch, row)) began = Math.min(began, ts);
        else if (ts >= firstDay) highestOther = Math.max(highestOther, out[row * width + column]!);
      }
    }
    expect(first - began).toBeLessThan(12 * HOUR);
    expect(highestOther).toBeLessThan(10);
    expect(sentence).toMatch(
      /^73\.54\.23\.243 calls port 80 of 64\.225\.56\.201 every 4 min \d+ s \(±\d+ s\), 950 times over 3 d/,
    );
  },
);
