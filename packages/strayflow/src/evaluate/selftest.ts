import { seededRandom } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";
import { loadBundle } from "../model/bundle.ts";
import { cutWithinBudget } from "../detect/incident-rates.ts";
import { defaultPValue } from "../pipeline/score.ts";
import {
  attackKinds,
  attacks,
  strengthLevels,
  strengthParameters,
  type AttackKind,
  type StrengthLevel,
} from "../simulate/index.ts";
import type { ReadOptions } from "../zeek/index.ts";
import { statedColumns } from "./disguise.ts";
import { readRowSet, tooFew } from "./row-set.ts";
import { surveyHosts } from "./selftest-hosts.ts";
import { placeIn } from "./selftest-places.ts";
import { plantInto, type Soil } from "./selftest-plant.ts";
import { openRange, type Range, type Trial } from "./selftest-range.ts";
import { partOf, slicePart } from "./stream-part.ts";

export interface SelfTestOptions {
  readonly inputs: readonly string[];
  readonly modelDir: string;
  /**
   * The p-value from which the product alarms; referees are cut so that they flag as many rows. Default: what the budget
   * stands for, or 0.001.
   */
  readonly pValue?: number | undefined;
  /** Incidents a day that normal traffic may give; default the model's own budget, if it has one. */
  readonly budgetPerDay?: number | undefined;
  /** Times that each attack is planted, at another host and time. */
  readonly repeats?: number | undefined;
  readonly seed?: number | undefined;
  readonly kinds?: readonly AttackKind[] | undefined;
}

/** Of one attack at one strength; shares are means over the repeats, under the detectors' ids. */
export interface StrengthResult {
  readonly strength: StrengthLevel;
  readonly parameters: Readonly<Record<string, number>>;
  /** Connections that were planted, on average: what would end after the logs do is left out. */
  readonly rows: number;
  /** Share of the repeats in which it was found. */
  readonly found: Readonly<Record<string, number>>;
  /** Share of its connections that are flagged. */
  readonly flagged: Readonly<Record<string, number>>;
  /** Named detectors that speak of it in some repeat, and do not speak of its hosts without it. */
  readonly named_by: readonly string[];
}

export interface AttackResult {
  readonly attack: AttackKind;
  readonly summary: string;
  /** From the faintest; none where this traffic has no place for the attack. */
  readonly strengths: readonly StrengthResult[];
  /** The weakest strength from which on a detector finds it more often than not; `null` where it misses the strongest. */
  readonly smallest: Readonly<Record<string, StrengthLevel | null>>;
}

/** What `selftest --json` prints. */
export interface SelfTestReport {
  readonly model: string;
  readonly p_value: number;
  /** Incidents a day that the p-value stands for; absent where it was asked for itself. */
  readonly budget_per_day?: number | undefined;
  readonly rows: { readonly warm_up: number; readonly test: number };
  /** Share of the user's own connections that is flagged without any attack planted. */
  readonly realised: number;
  readonly repeats: number;
  readonly attacks: readonly AttackResult[];
  /** Referees that find an attack at a smaller strength than the product does. */
  readonly beaten: readonly { readonly attack: AttackKind; readonly by: readonly string[] }[];
  readonly notes: readonly string[];
}

const REPEATS = 3;
/** The last half of the rows is planted into, but no more than so many: every strength of every attack is scored anew. */
const TEST_SHARE = 0.5;
const MOST_TEST_ROWS = 50_000;
const LEAST_ROWS = 400;
/** Attacks begin in the first part of the test, so that there is time for the slow ones. */
const LATEST_START = 0.2;

/**
 * Plants attacks in the user's own traffic, one at a time at each strength, and says from which strength on the model
 * finds them, beside referees that learn from the same traffic and are cut at the same share of false alarms.
 *
 * Throws as `loadBundle` and reading do, and `too-few-rows`.
 */
export async function selfTest(
  {
    inputs,
    modelDir,
    pValue: asked,
    budgetPerDay,
    repeats = REPEATS,
    seed = 1,
    kinds = attackKinds,
  }: SelfTestOptions,
  options: ReadOptions = {},
): Promise<SelfTestReport> {
  const bundle = await loadBundle(modelDir);
  const budget = budgetPerDay ?? (asked === undefined ? bundle.manifest.budgetPerDay : undefined);
  const pValue =
    budget === undefined
      ? (asked ?? defaultPValue)
      : cutWithinBudget(bundle.manifest.incidentRates, budget).pValue;
  const set = await readRowSet("LOGS", { logs: inputs }, options);
  const file = inputs[0]!;
  if (set.rows < LEAST_ROWS) {
    throw tooFew({ file }, `a self-test takes at least ${LEAST_ROWS} connections, found ${set.rows}`);
  }
  const all = partOf(set);
  const testRows = Math.min(MOST_TEST_ROWS, Math.floor(set.rows * TEST_SHARE));
  const warmUp = slicePart(all, 0, set.rows - testRows);
  const test = slicePart(all, set.rows - testRows, set.rows);
  const survey = surveyHosts(set.batches);
  const services = new Set(set.batches.flatMap(({ service }) => service.values));
  const notes: string[] = [];
  const columns = statedColumns(new Set(set.batches));
  const soil: Soil = { survey, test, columns, services, file, notes };
  const range = await openRange(bundle, warmUp, test, pValue, seed, options);

  const results: AttackResult[] = [];
  let scored = 0;
  const onTrial = (note: string, { scoredRows }: Trial) =>
    options.onProgress?.({ stage: "self-test", rows: (scored += scoredRows), note });
  for (const kind of kinds) {
    const strengths: StrengthResult[] = [];
    for (const strength of strengthLevels) {
      const result = await tryStrength(soil, range, kind, strength, { repeats, seed, onTrial }, options);
      if (result !== undefined) strengths.push(result);
    }
    if (strengths.length === 0) notes.push(`${kind}: this traffic has no place for it`);
    results.push({
      attack: kind,
      summary: attacks[kind].summary,
      strengths,
      smallest: smallestOf(strengths, range.detectors),
    });
  }
  return {
    model: modelDir,
    p_value: pValue,
    budget_per_day: budget,
    rows: { warm_up: warmUp.row.length, test: test.row.length },
    realised: range.realised,
    repeats,
    attacks: results,
    beaten: results.flatMap(({ attack, smallest }) => {
      const by = range.detectors.filter(
        (id) => id !== "product" && levelOf(smallest[id]) < levelOf(smallest["product"]),
      );
      return by.length === 0 ? [] : [{ attack, by }];
    }),
    notes,
  };
}

interface Trials {
  readonly repeats: number;
  readonly seed: number;
  readonly onTrial: (note: string, trial: Trial) => void;
}

/** The same hosts and times for every strength, so that strengths can be compared. */
async function tryStrength(
  soil: Soil,
  range: Range,
  kind: AttackKind,
  strength: StrengthLevel,
  { repeats, seed, onTrial }: Trials,
  stage: StageOptions,
): Promise<StrengthResult | undefined> {
  const from = soil.test.clock[0]!;
  const length = soil.test.clock.at(-1)! - from;
  const trials: Trial[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const name = `selftest/${seed}/${kind}/${repeat}`;
    const random = seededRandom(name);
    const place = placeIn(soil.survey, kind, random);
    if (place === undefined) continue;
    const start = from + random.uniform() * LATEST_START * length;
    const planted = plantInto(soil, kind, strength, { ...place, start, seed: name });
    if (planted === undefined) continue;
    const trial = await range.score(planted, stage);
    trials.push(trial);
    onTrial(`${kind}, ${strength}`, trial);
  }
  if (trials.length === 0) return undefined;
  const mean = (of: (trial: Trial, id: string) => number) =>
    Object.fromEntries(
      range.detectors.map((id) => [
        id,
        trials.reduce((sum, trial) => sum + of(trial, id), 0) / trials.length,
      ]),
    );
  return {
    strength,
    parameters: { ...strengthParameters(kind, strength) },
    rows: Math.round(trials.reduce((sum, { rows }) => sum + rows, 0) / trials.length),
    found: mean(({ rows, flagged, namedBy }, id) =>
      (id === "product" && namedBy.length > 0) ||
      isFound(flagged[id]!, rows, Math.max(range.realised, range.pValue))
        ? 1
        : 0,
    ),
    flagged: mean(({ rows, flagged }, id) => flagged[id]! / rows),
    named_by: [...new Set(trials.flatMap(({ namedBy }) => namedBy))],
  };
}

/** More flagged connections than false alarms alone would make of as many ordinary ones, but for one time in a hundred. */
function isFound(flagged: number, rows: number, rate: number): boolean {
  const expected = rows * rate;
  // Beyond the reach of exp(), a Poisson count is normal enough.
  if (expected > 500) return (flagged - 0.5 - expected) / Math.sqrt(expected) > 2.33;
  let term = Math.exp(-expected);
  let below = 0;
  for (let count = 0; count < flagged; count++) {
    below += term;
    term *= expected / (count + 1);
  }
  return flagged > 0 && 1 - below < 0.01;
}

function smallestOf(
  strengths: readonly StrengthResult[],
  ids: readonly string[],
): Record<string, StrengthLevel | null> {
  return Object.fromEntries(
    ids.map((id) => {
      let smallest: StrengthLevel | null = null;
      for (const { strength, found } of strengths.toReversed()) {
        if (found[id]! <= 0.5) break;
        smallest = strength;
      }
      return [id, smallest];
    }),
  );
}

function levelOf(strength: StrengthLevel | null | undefined): number {
  return strength === null || strength === undefined
    ? strengthLevels.length
    : strengthLevels.indexOf(strength);
}
