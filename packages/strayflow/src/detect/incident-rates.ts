import { incidentLadder, type CalibrationRows, type Rung } from "./incidents/index.ts";

/** Incidents a day that normal traffic gives at a ladder of p-value cuts, rarest first. Plain data, as it stands in the manifest. */
export interface IncidentRates {
  /** Length of the traffic that they were counted on. */
  readonly days: number;
  readonly rates: readonly Rung[];
}

/** A cut for a budget of incidents a day, and how far it can be trusted. */
export interface BudgetCut {
  /** Flag rows at or below this. */
  readonly pValue: number;
  /** What normal traffic is expected to give at this cut. */
  readonly perDay: number;
  /** Why the cut is a guess, as a sentence; absent where it was counted. */
  readonly doubt?: string | undefined;
}

/** Counts incidents at every cut of the ladder on rows that the model was not trained on. */
export function learnIncidentRates(rows: CalibrationRows, days: number): IncidentRates {
  if (rows.pValue.length === 0 || !(days > 0)) return { days: 0, rates: [] };
  return { days, rates: incidentLadder(rows, days) };
}

/**
 * The largest cut that keeps normal traffic within a budget. Between two cuts the number of incidents is taken to grow as a
 * power of the cut; below the rarest one it is taken to fall in proportion.
 */
export function cutWithinBudget({ days, rates }: IncidentRates, budgetPerDay: number): BudgetCut {
  const above = rates.findIndex(({ perDay }) => perDay > budgetPerDay);
  const expected = budgetPerDay * days;
  const short =
    expected < LEAST_INCIDENTS
      ? `the model was calibrated on ${daysText(days)}, in which ${perDayText(budgetPerDay)} is ${incidentsText(expected)}: too few to tell that rate from another`
      : undefined;
  if (above === -1) {
    const last = rates.at(-1);
    return { pValue: last?.pValue ?? FALLBACK, perDay: last?.perDay ?? 0, doubt: short };
  }
  const { pValue, perDay } = rates[above]!;
  const before = rates[above - 1];
  if (before === undefined || before.perDay === 0) {
    return { pValue: (pValue * budgetPerDay) / perDay, perDay: budgetPerDay, doubt: short ?? BELOW };
  }
  const part = Math.log(budgetPerDay / before.perDay) / Math.log(perDay / before.perDay);
  return { pValue: before.pValue * (pValue / before.pValue) ** part, perDay: budgetPerDay, doubt: short };
}

/**
 * Incidents a day that normal traffic gives at a cut, by the same reckoning as `cutWithinBudget`; NaN where the rates say
 * nothing.
 */
export function incidentsAtCut({ rates }: IncidentRates, pValue: number): number {
  const above = rates.findIndex((rung) => rung.pValue >= pValue);
  if (above === -1) return rates.at(-1)?.perDay ?? NaN;
  const rung = rates[above]!;
  const before = rates[above - 1];
  if (before === undefined || before.perDay === 0) return rung.perDay * (pValue / rung.pValue);
  const part = Math.log(pValue / before.pValue) / Math.log(rung.pValue / before.pValue);
  return before.perDay * (rung.perDay / before.perDay) ** part;
}

/** From fewer incidents, a rate is known to a factor of 2 at best. */
const LEAST_INCIDENTS = 5;
const FALLBACK = 0.001;
const BELOW = "the calibration had not one incident that rare: the cut is a proportional guess";

function daysText(days: number): string {
  return days < 2 ? `${Number((24 * days).toPrecision(2))} hours` : `${Number(days.toPrecision(2))} days`;
}

function perDayText(budget: number): string {
  return `${budget} a day`;
}

function incidentsText(count: number): string {
  const rounded = Number(count.toPrecision(2));
  return rounded === 1 ? "1 incident" : `${rounded} incidents`;
}
