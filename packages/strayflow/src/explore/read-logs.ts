import { ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import type { Incident } from "../detect/incidents/index.ts";
import { scoreLogs } from "../pipeline/score.ts";
import type { Store } from "../store/index.ts";
import { BatchSpool, readConnections, type ReadTally, type ReadWarning, type Reject } from "../zeek/index.ts";
import { StreamWatch, type StreamHealth } from "./stream-watch.ts";

export interface ReadLogsOptions {
  readonly inputs: readonly string[];
  readonly modelDir?: string | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
}

/** What reading gave, beside what now is in the store and the spool. */
export interface ReadLogs {
  readonly tally: ReadTally;
  readonly health: StreamHealth;
  readonly warnings: readonly ReadWarning[];
  readonly scored?: ScoredLogs | undefined;
}

export interface ScoredLogs {
  readonly pValue: number;
  readonly flagged: number;
  readonly incidentCount: number;
  /** Worst first. */
  readonly incidents: readonly Incident[];
  /** Whether the model may judge this traffic, where it is in doubt. */
  readonly fit: string | null;
}

const MOST_INCIDENTS = 20;

/** Reads logs once, into a store and a spool; with a model, scored. Throws as `readConnections` and `scoreLogs` do. */
export async function readLogs(
  { inputs, modelDir, stdin, onReject }: ReadLogsOptions,
  { store, spool }: { readonly store: Store; readonly spool: BatchSpool },
  stage: StageOptions = {},
): Promise<ReadLogs> {
  const watch = new StreamWatch();
  if (modelDir === undefined) {
    const reader = readConnections(inputs, { ...stage, stdin, onReject });
    for await (const batch of reader) {
      watch.add(batch);
      spool.append(batch);
      await store.append(batch);
    }
    refuseNothing(reader.tally.rows);
    return { tally: reader.tally, health: watch.health(), warnings: reader.tally.warnings };
  }
  const run = scoreLogs({ inputs, modelDir, stdin, onReject, incidents: MOST_INCIDENTS }, stage);
  for await (const { batch, score, pValue, flagged } of run) {
    watch.add(batch);
    spool.append(batch);
    await store.append(batch, { scores: { score, p_value: pValue, flagged } });
  }
  const tally = run.tally()!;
  refuseNothing(tally.rows);
  const summary = run.summary();
  const found = run.incidents();
  return {
    tally,
    health: watch.health(),
    warnings: run.warnings(),
    scored: {
      pValue: summary.p_value,
      flagged: summary.flagged,
      incidentCount: found.count,
      incidents: found.worst.map(({ incident }) => incident),
      fit: summary.fit === undefined || summary.fit.verdict === "fits" ? null : summary.fit.sentence,
    },
  };
}

function refuseNothing(rows: number): void {
  if (rows === 0) throw new ExpectedError("log-format", "expected connections, found none in these logs");
}
