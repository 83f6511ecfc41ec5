import { ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import { IncidentGrouper, withReasons, type Incident } from "../detect/incidents/index.ts";
import type { NormalConnection } from "../detect/reason-neighbours.ts";
import type { SensorFinding } from "../detect/sensor.ts";
import { StreamClock } from "../features/behavior/stream-clock.ts";
import { presets } from "../features/index.ts";
import { loadBundle } from "../model/bundle.ts";
import type { Manifest } from "../model/manifest.ts";
import type { TrafficFit } from "../model/traffic-fit.ts";
import { knownColumn, readConnections } from "../zeek/index.ts";
import type { Batch, ConnectionReader, ReadTally, ReadWarning, Reject } from "../zeek/index.ts";
import { DailyBudget, type BudgetReport } from "./daily-incidents.ts";
import { Detector, type ScoredBatch } from "./detector.ts";
import { fitReport, type FitReport } from "./fit-report.ts";

export interface ScoreOptions {
  readonly inputs: readonly string[];
  readonly modelDir: string;
  /** Flag what normal traffic does at most this often; default 0.001, or what a budget stands for. */
  readonly pValue?: number | undefined;
  /** Incidents a day that normal traffic may give at most; default the model's own budget, if it has one. */
  readonly budgetPerDay?: number | undefined;
  /** Which rows get reasons; default `flagged`. */
  readonly explain?: "flagged" | "all" | undefined;
  /** Group flagged connections into incidents and explain so many of the worst; none where absent. */
  readonly incidents?: number | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
}

/** What `score --json` prints. */
export interface ScoreSummary {
  readonly rows: number;
  readonly rejected: number;
  readonly flagged: number;
  /** Rows of normal traffic at or below it are flagged. */
  readonly p_value: number;
  readonly fit: FitReport | undefined;
  /** Times and files in which the sensor did not see what it usually sees. */
  readonly sensor: readonly SensorFinding[];
  /** Where a budget was asked for. */
  readonly budget?: BudgetReport | undefined;
  readonly seconds: number;
  readonly peak_rss_bytes: number;
}

/** An incident that somebody will read, with what there is to say of its strongest connection. */
export interface ExplainedIncident {
  readonly incident: Incident;
  /** "below 30 MB this would be normal". */
  readonly counterfactual?: string | undefined;
  /** Normal connections that resemble it most. */
  readonly similar?: readonly NormalConnection[];
}

export interface FoundIncidents {
  /** All of them. */
  readonly count: number;
  /** As many as were asked for, worst first. */
  readonly worst: readonly ExplainedIncident[];
}

export interface ScoreRun extends AsyncIterable<ScoredBatch> {
  /** Of what was scored so far. */
  summary(): ScoreSummary;
  /** Whether the model may judge what was scored so far. */
  fit(): TrafficFit | undefined;
  /** Incidents of the whole run, where they were asked for. */
  incidents(): FoundIncidents;
  /** Remarks on the input, for a person. */
  warnings(): readonly ReadWarning[];
  /** Of what was read so far; absent before the run begins. */
  tally(): ReadTally | undefined;
}

export const defaultPValue = 0.001;

/** What a row gives does not depend on it. Larger batches are no faster, and several of them are in memory at a time. */
const BATCH_ROWS = 2048;

/** In fewer connections than this, a column may be unset throughout by chance. */
const enoughRows = 200;

/** Scores logs with a model, batch by batch in the order of the logs. The run can be iterated once. */
export function scoreLogs(options: ScoreOptions, stage: StageOptions = {}): ScoreRun {
  const started = performance.now();
  const counts = { rows: 0, flagged: 0 };
  let reader: ConnectionReader | undefined;
  let detector: Detector | undefined;
  let budget: DailyBudget | undefined;
  let found: FoundIncidents = { count: 0, worst: [] };
  let pValue = options.pValue ?? defaultPValue;
  const warnings: ReadWarning[] = [];

  /** Lets go of the bundle, whose memory is large. */
  async function openModel() {
    const bundle = await loadBundle(options.modelDir);
    const { manifest } = bundle;
    const asked = options.budgetPerDay ?? (options.pValue === undefined ? manifest.budgetPerDay : undefined);
    if (asked !== undefined) {
      budget = new DailyBudget(manifest, asked);
      pValue = budget.cut.pValue;
    }
    return { manifest, detector: await Detector.open(bundle, pValue) };
  }

  async function* run(): AsyncGenerator<ScoredBatch> {
    const opened = await openModel();
    const { manifest } = opened;
    detector = opened.detector;
    if (options.pValue !== undefined || budget !== undefined) {
      for (const message of detector.doubts()) warnings.push({ file: options.modelDir, message });
    }
    let file = "";
    const clock = new StreamClock();
    const scoring = detector;
    const grouper =
      options.incidents === undefined && budget === undefined
        ? undefined
        : new IncidentGrouper({
            familyOf: (feature) => scoring.familyOf(feature),
            mostKept: options.incidents ?? 0,
            onClose: (incident) => budget?.count(incident),
          });
    const { inputs, onReject, stdin } = options;
    reader = readConnections(inputs, { ...stage, onReject, stdin, batchRows: BATCH_ROWS });
    try {
      for await (const scored of detector.scoreAll(fitting(reader, manifest), { explain: options.explain })) {
        counts.rows += scored.batch.rows;
        for (const flag of scored.flagged) counts.flagged += flag;
        budget?.see(scored.batch);
        if (grouper !== undefined) group(grouper, scored, clock);
        yield scored;
        file = scored.batch.source.file;
      }
      if (grouper !== undefined) found = await explainWorst(grouper, detector);
      const unset = missingColumns(manifest, reader.tally.columns);
      if (unset.length > 0 && counts.rows >= enoughRows) {
        warnings.push({
          file,
          message: `the model learned from ${unset.join(", ")}, which no connection here has`,
        });
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
      p_value: pValue,
      fit: detector === undefined ? undefined : fitReport(detector.fit()),
      sensor: detector?.sensor() ?? [],
      budget: budget?.report(),
      seconds: (performance.now() - started) / 1000,
      peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
    }),
    fit: () => detector?.fit(),
    incidents: () => found,
    warnings: () => [...(reader?.tally.warnings ?? []), ...warnings],
    tally: () => reader?.tally,
  };
}

/** By the clock of all rows, so that one flagged row from the future does not end what is going on. */
function group(grouper: IncidentGrouper, scored: ScoredBatch, clock: StreamClock): void {
  const { rows, ts, duration } = scored.batch;
  for (let row = 0; row < rows; row++) {
    clock.advance(ts[row]!, duration[row]!);
    if (scored.flagged[row] === 1) grouper.add(scored.alert(row), clock.now);
  }
}

/** Explains the strongest connection of each incident, but where a named detector has said what it is. */
async function explainWorst(grouper: IncidentGrouper, detector: Detector): Promise<FoundIncidents> {
  const worst = grouper.finish();
  const unnamed = worst.filter(({ isNamed, evidence }) => !isNamed && evidence[0]?.values !== undefined);
  const explainer = unnamed.length > 0 ? await detector.openExplainer() : undefined;
  const rows = unnamed.map(({ evidence }) => ({ values: evidence[0]!.values!, threshold: 1 }));
  const explained = (await explainer?.explain(rows)) ?? [];
  return {
    count: grouper.count,
    worst: worst.map((incident): ExplainedIncident => {
      const explanation = explained[unnamed.indexOf(incident)];
      if (explanation === undefined) return { incident };
      const { reasons, counterfactual, similar } = explanation;
      return { incident: withReasons(incident, reasons), counterfactual, similar };
    }),
  };
}

/**
 * Passes batches on. A log without a column that the model learned from would be judged by what is missing: refuses it,
 * naming the column.
 */
async function* fitting(batches: AsyncIterable<Batch>, manifest: Manifest): AsyncGenerator<Batch> {
  const checked = new Set<string>();
  for await (const batch of batches) {
    checkColumns(manifest, batch, checked);
    yield batch;
  }
}

/**
 * Throws `model-mismatch` where the log of a batch lacks a column that the model learned from.
 *
 * @param checked files that were found to be right; this one is added
 */
export function checkColumns(manifest: Manifest, { source }: Batch, checked: Set<string>): void {
  // JSON leaves out what is unset, so only all its rows together show which columns it has.
  if (source.layout.kind !== "tsv" || checked.has(source.file)) return;
  checked.add(source.file);
  const present = new Set(source.layout.fields.map((field) => knownColumn(field) ?? field));
  const missing = missingColumns(manifest, present);
  if (missing.length === 0) return;
  throw new ExpectedError(
    "model-mismatch",
    `the model learned from ${missing.join(", ")}, which this log does not have`,
    {
      file: source.file,
    },
  );
}

/** What the model's features read, its training traffic had, and `present` does not hold. */
function missingColumns({ preset, traffic }: Manifest, present: ReadonlySet<string>): string[] {
  const needed = new Set<string>(presets[preset].families.flatMap((family) => family.reads));
  return traffic.columns.filter((column) => needed.has(column) && !present.has(column));
}
