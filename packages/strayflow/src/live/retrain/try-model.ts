import { cutWithinBudget, incidentsAtCut } from "../../detect/incident-rates.ts";
import { IncidentGrouper, severities } from "../../detect/incidents/index.ts";
import { loadBundle } from "../../model/bundle.ts";
import { Detector } from "../../pipeline/detector.ts";
import { defaultPValue } from "../../pipeline/score.ts";
import { formatAddress, type Batch } from "../../zeek/index.ts";
import type { LeftOutSpan } from "./left-out-hosts.ts";
import type { RecentRows } from "./recent-rows.ts";

/** What a model makes of the day that was held back. Rates are a day's. */
export interface ModelTrial {
  readonly model: string;
  /** From and to when it learned, seconds since 1970, and from how many connections. */
  readonly learned: { readonly from: number; readonly to: number; readonly rows: number };
  readonly pValue: number;
  readonly rows: number;
  readonly flagged: number;
  /** Share of connections that are flagged. */
  readonly rate: number;
  readonly incidents: number;
  readonly incidentsPerDay: number;
  /** The budget, or what the model expects of ordinary traffic. */
  readonly expectedPerDay: number;
  readonly bySeverity: Readonly<Record<string, number>>;
  /** Confirmed incidents of the day, and those of them of whose host a connection was flagged at that time. */
  readonly confirmed: { readonly all: number; readonly found: number };
  readonly fit: {
    readonly verdict: "fits" | "doubtful" | "foreign";
    readonly sentence: string;
    readonly shifted: number;
  };
  /** Of its own test part, beside that of PCA. */
  readonly loss: { readonly test: number; readonly pca: number; readonly better: boolean };
  readonly seconds: number;
}

export interface TrialOptions {
  readonly modelDir: string;
  readonly rows: RecentRows;
  /** Whether the model's memory ends before the stream's last day, and is to see that first. */
  readonly warmUp: boolean;
  readonly pValue?: number | undefined;
  readonly budgetPerDay?: number | undefined;
  readonly confirmed: readonly LeftOutSpan[];
}

/** Scores the held-back day with a model, as `watch` would. */
export async function tryModel({
  modelDir,
  rows,
  warmUp,
  pValue: asked,
  budgetPerDay,
  confirmed,
}: TrialOptions): Promise<ModelTrial> {
  const began = performance.now();
  const bundle = await loadBundle(modelDir);
  const { manifest } = bundle;
  const budget = budgetPerDay ?? (asked === undefined ? manifest.budgetPerDay : undefined);
  const pValue =
    budget === undefined ? (asked ?? defaultPValue) : cutWithinBudget(manifest.incidentRates, budget).pValue;
  const detector = await Detector.open(bundle, pValue);
  const grouper = new IncidentGrouper({
    familyOf: (feature) => detector.familyOf(feature),
    mostKept: 0,
    onClose: ({ severity }) => {
      incidents++;
      bySeverity[severity] = (bySeverity[severity] ?? 0) + 1;
    },
  });
  const { from, to } = rows.heldBack;
  const ofTheDay = confirmed.filter((span) => span.from <= to && span.to >= from);
  const found = new Set<LeftOutSpan>();
  const bySeverity: Record<string, number> = Object.fromEntries(severities.map((severity) => [severity, 0]));
  let incidents = 0;
  let flagged = 0;
  try {
    // The rows before the day belong to the warm-up: one stream, so that nothing is computed twice.
    let ahead = 0;
    async function* stream(): AsyncGenerator<Batch> {
      if (warmUp) {
        for await (const batch of rows.warmUp()) {
          ahead++;
          yield batch;
        }
      }
      yield* rows.heldBack.replay();
    }
    for await (const { batch, flagged: flags, alert } of detector.scoreAll(stream())) {
      if (ahead > 0) {
        ahead--;
        continue;
      }
      for (let row = 0; row < batch.rows; row++) {
        if (flags[row] !== 1) continue;
        flagged++;
        grouper.add(alert(row));
        for (const span of ofTheDay) if (isOf(span, batch, row)) found.add(span);
      }
    }
    grouper.finish();
    const fit = detector.fit();
    const { traffic, loss } = manifest;
    const days = Math.max(1 / 24, (to - from) / 86_400);
    return {
      model: modelDir,
      learned: { from: traffic.from, to: traffic.to, rows: traffic.rows.train },
      pValue,
      rows: rows.heldBack.rows,
      flagged,
      rate: flagged / rows.heldBack.rows,
      incidents,
      incidentsPerDay: incidents / days,
      expectedPerDay: budget ?? incidentsAtCut(manifest.incidentRates, pValue),
      bySeverity,
      confirmed: { all: ofTheDay.length, found: found.size },
      fit: { verdict: fit.verdict, sentence: fit.sentence, shifted: fit.shifted.length },
      loss: { test: loss.test, pca: loss.pca, better: loss.better },
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    await detector.close();
  }
}

function isOf({ host, from, to }: LeftOutSpan, batch: Batch, row: number): boolean {
  const start = batch.ts[row]!;
  if (start < from || start > to) return false;
  return formatAddress(batch.orig_h, row) === host || formatAddress(batch.resp_h, row) === host;
}
