import { ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import { Scorer } from "../autoencoder/index.ts";
import { pValueOf } from "../detect/calibration.ts";
import { reasonsOf, type Reason } from "../detect/reason.ts";
import { decodeBaseline, openExtractor, presets } from "../features/index.ts";
import { loadBundle, type Bundle } from "../model/bundle.ts";
import { FitMonitor, type TrafficFit } from "../model/traffic-fit.ts";
import { readConnections, type Batch, type ConnectionReader, type ReadWarning, type Reject } from "../zeek/index.ts";

export interface ScoreOptions {
  readonly inputs: readonly string[];
  readonly modelDir: string;
  /** Flag what normal traffic does at most this often; default 0.001. */
  readonly pValue?: number | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
}

/** Connections with what the model makes of them, one entry a row. Whoever receives a batch owns it. */
export interface ScoredBatch {
  readonly batch: Batch;
  readonly score: Float64Array;
  readonly pValue: Float64Array;
  /** 1 where the p-value is at or below the one asked for. */
  readonly flagged: Uint8Array;
  /** What carries the score of a row, strongest first; computed when asked for. */
  reasons(row: number): readonly Reason[];
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
  let monitor: FitMonitor | undefined;

  async function* run(): AsyncGenerator<ScoredBatch> {
    const bundle = await loadBundle(options.modelDir);
    const { manifest } = bundle;
    const columnsChecked = new Set<string>();
    const extractor = openExtractor(manifest.preset, decodeBaseline(bundle.baseline));
    const scorer = await openNetwork(bundle, extractor.width);
    monitor = new FitMonitor(manifest.features);
    reader = readConnections(options.inputs, { ...stage, onReject: options.onReject, stdin: options.stdin });
    const limit = options.pValue ?? defaultPValue;
    try {
      for await (const batch of reader) {
        checkColumns(bundle, batch, columnsChecked);
        const values = new Float32Array(batch.rows * extractor.width);
        extractor.fill(values, batch);
        monitor.add(values, batch.rows);
        const result = await scorer.run(values, batch.rows);
        const score = Float64Array.from(result.score);
        const pValue = score.map((value) => pValueOf(manifest.calibration, value));
        const flagged = Uint8Array.from(pValue, (p) => (p <= limit ? 1 : 0));
        counts.rows += batch.rows;
        for (const flag of flagged) counts.flagged += flag;
        const matrices = { values, usual: result.reconstruction, errors: result.errors };
        yield { batch, score, pValue, flagged, reasons: (row) => reasonsOf(row, matrices, extractor.columns) };
      }
    } finally {
      await scorer.close();
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
    fit: () => monitor?.verdict(),
    warnings: () => reader?.tally.warnings ?? [],
  };
}

async function openNetwork({ network, manifest }: Bundle, width: number): Promise<Scorer> {
  const scorer = await Scorer.open(network, { file: "network.onnx" });
  if (scorer.width === width && manifest.features.length === width) return scorer;
  await scorer.close();
  throw new ExpectedError(
    "model-damaged",
    `network.onnx takes ${scorer.width} features, the manifest lists ${manifest.features.length}, the baseline gives ${width}`,
  );
}

/** A log without a column that the model learned from would be judged by what is missing: refuse it, naming the column. */
function checkColumns({ manifest }: Bundle, { source }: Batch, checked: Set<string>): void {
  if (source.layout.kind !== "tsv" || checked.has(source.file)) return;
  checked.add(source.file);
  const present = new Set(source.layout.fields);
  const needed = new Set<string>(presets[manifest.preset].families.flatMap((family) => family.reads));
  const missing = manifest.traffic.columns.filter((column) => needed.has(column) && !present.has(column));
  if (missing.length === 0) return;
  throw new ExpectedError(
    "model-mismatch",
    `the model learned from ${missing.join(", ")}, which this log does not have`,
    { file: source.file },
  );
}
