import type { StageOptions } from "../base/stage.ts";
import { auditRows, type Audit } from "../detect/audit/index.ts";
import { SensorWatch, type SensorFinding } from "../detect/sensor.ts";
import type { CaptureRates } from "../model/capture-faults.ts";
import type { Batch, BatchSpool } from "../zeek/index.ts";

export interface LogAudit {
  readonly audit: Audit;
  /** Times in which the sensor saw worse than in the log as a whole. */
  readonly sensor: readonly SensorFinding[];
}

/** Looks for attacks, and for trouble with the sensor, in what was spooled. */
export async function auditLogs(
  spool: BatchSpool,
  usual: CaptureRates,
  stage: StageOptions = {},
): Promise<LogAudit> {
  const sensor = new SensorWatch(usual);
  const nobody = new Set<number>();
  let isFirst = true;
  async function* watched(): AsyncGenerator<Batch> {
    const isWatching = isFirst;
    isFirst = false;
    for await (const batch of spool.replay()) {
      if (isWatching) sensor.add(batch, new Uint8Array(batch.rows), nobody);
      yield batch;
    }
  }
  const audit = await auditRows({ rows: spool.rows, replay: watched }, stage);
  return { audit, sensor: sensor.findings() };
}
