import { createHash } from "node:crypto";
import { loadBundle } from "../../model/bundle.ts";
import type { Manifest } from "../../model/manifest.ts";
import { cutWithinBudget } from "../../detect/incident-rates.ts";
import { Detector } from "../../pipeline/detector.ts";
import { defaultPValue } from "../../pipeline/score.ts";

export interface ModelChoice {
  readonly modelDir: string;
  /** Flag what normal traffic does at most this often; default what the budget stands for, else 0.001. */
  readonly pValue?: number | undefined;
  /** Incidents a day that normal traffic may give at most; default the model's own budget, if it has one. */
  readonly budgetPerDay?: number | undefined;
}

/** A model that is ready to be opened by any number of sensors. */
export interface ReadyModel {
  readonly manifest: Manifest;
  /** Names what the model is, its memory included. */
  readonly hash: string;
  readonly pValue: number;
  /** Incidents a day that were asked for; undefined where a p-value was. */
  readonly budgetPerDay: number | undefined;
  /** @param memory what a detector of this very model has saved; the model's own unless given */
  open(pValue: number, memory?: Uint8Array): Promise<Detector>;
}

/** Loads a model, the same choice of p-value as `score` makes. Throws as `loadBundle` does. */
export async function readyModel({ modelDir, pValue, budgetPerDay }: ModelChoice): Promise<ReadyModel> {
  const bundle = await loadBundle(modelDir);
  const { manifest } = bundle;
  const asked = budgetPerDay ?? (pValue === undefined ? manifest.budgetPerDay : undefined);
  const cut = asked === undefined ? undefined : cutWithinBudget(manifest.incidentRates, asked);
  return {
    manifest,
    hash: createHash("sha256").update(JSON.stringify(manifest)).digest("hex"),
    pValue: cut?.pValue ?? pValue ?? defaultPValue,
    budgetPerDay: asked,
    open: (flagAt, memory) => Detector.open({ ...bundle, memory: memory ?? bundle.memory }, flagAt),
  };
}
