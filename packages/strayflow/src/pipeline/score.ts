import { ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import { presets } from "../features/index.ts";
import { loadBundle } from "../model/bundle.ts";
import type { Manifest } from "../model/manifest.ts";
import type { TrafficFit } from "../model/traffic-fit.ts";
import { readConnections, type Batch, type ConnectionReader, type ReadWarning, type Reject } from "../zeek/index.ts";
import { Detector, type ScoredBatch } from "./detector.ts";

export interface ScoreOptions {
  readonly inputs: readonly string[];
  readonly modelDir: string;
  /** Flag what normal traffic does at most this often; default 0.001. */
  readonly pValue?: number | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
}

/** What `score --json` prints. */
export interface ScoreSummary {
  readonly rows: number;
  readonly rejected: number;
  readonly flagged: number;
  readonly seconds: number;
  readonly peak_rss_bytes: number;
}

export interface ScoreRun extends AsyncIterable<ScoredBatch> {
  /** Of what was scored so far. */
  summary(): ScoreSummary;
  /** Whether the model may judge what was scored so far. */
  fit(): TrafficFit | undefined;
  /** Remarks on the input, for a person. */
  warnings(): readonly ReadWarning[];
}

export const defaultPValue = 0.001;

/** Scores logs with a model, batch by batch in the order of the logs. The run can be iterated once. */
export function scoreLogs(options: ScoreOptions, stage: StageOptions = {}): ScoreRun {
  const started = performance.now();
  const counts = { rows: 0, flagged: 0 };
  let reader: ConnectionReader | undefined;
  let detector: Detector | undefined;

  async function* run(): AsyncGenerator<ScoredBatch> {
    const bundle = await loadBundle(options.modelDir);
    const checked = new Set<string>();
    detector = await Detector.open(bundle, options.pValue ?? defaultPValue);
    reader = readConnections(options.inputs, { ...stage, onReject: options.onReject, stdin: options.stdin });
    try {
      for await (const batch of reader) {
        checkColumns(bundle.manifest, batch, checked);
        const scored = await detector.score(batch);
        counts.rows += batch.rows;
        for (const flag of scored.flagged) counts.flagged += flag;
        yield scored;
      }
    } finally {
      await detector.close();
    }
  }

  return {
    [Symbol.asyncIterator]: run,
    summary: () => ({
      rows: counts.rows,
      rejected: reader?.tally.rejected ?? 0,
      flagged: counts.flagged,
      seconds: (performance.now() - started) / 1000,
      peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    }),
    fit: () => detector?.fit(),
    warnings: () => reader?.tally.warnings ?? [],
  };
}

/** A log without a column that the model learned from would be judged by what is missing: refuse it, naming the column. */
function checkColumns({ preset, traffic }: Manifest, { source }: Batch, checked: Set<string>): void {
  if (source.layout.kind !== "tsv" || checked.has(source.file)) return;
  checked.add(source.file);
  const present = new Set(source.layout.fields);
  const needed = new Set<string>(presets[preset].families.flatMap((family) => family.reads));
  const missing = traffic.columns.filter((column) => needed.has(column) && !present.has(column));
  if (missing.length === 0) return;
  throw new ExpectedError("model-mismatch", `the model learned from ${missing.join(", ")}, which this log does not have`, {
    file: source.file,
  });
}
