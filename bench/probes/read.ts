import { readConnections } from "../../packages/strayflow/src/zeek/index.ts";
import { zcatSeconds } from "../support/child.ts";
import { runsAsProbe } from "../support/probe.ts";

export interface ReadProbe {
  readonly inputs: readonly string[];
  /** Threads beside the first one; chosen by the reader where absent. */
  readonly workers?: number | undefined;
  readonly repeats: number;
  /** Whether to run zcat on the same files before each reading. */
  readonly zcat: boolean;
}

export interface ReadTimes {
  readonly rows: number;
  readonly seconds: readonly number[];
  readonly zcat: readonly number[];
}

/** Reads logs into batches and does nothing with them. */
await runsAsProbe(async ({ inputs, workers, repeats, zcat }: ReadProbe): Promise<ReadTimes> => {
  const seconds: number[] = [];
  const unpacked: number[] = [];
  let rows = 0;
  for (let pass = -1; pass < repeats; pass++) {
    const unpacking = zcat ? await zcatSeconds(inputs) : undefined;
    const started = performance.now();
    rows = 0;
    for await (const batch of readConnections(inputs, { workers })) rows += batch.rows;
    const taken = (performance.now() - started) / 1000;
    // The first pass warms up the compiler and the system's file cache.
    if (pass < 0) continue;
    seconds.push(taken);
    if (unpacking !== undefined) unpacked.push(unpacking);
  }
  return { rows, seconds, zcat: unpacked };
});
