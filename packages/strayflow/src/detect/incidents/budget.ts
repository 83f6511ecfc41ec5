import { assert } from "../../base/errors.ts";
import { AlertGrouping } from "./grouping.ts";
import { Kinds, vagueKind } from "./kinds.ts";

/** Normal traffic that the model was not trained on, one entry a row in the stream's order. */
export interface CalibrationRows {
  /** The stream's clock, seconds. */
  readonly end: Float64Array;
  /** Any numbers that name the hosts. */
  readonly originator: Uint32Array;
  readonly responder: Uint32Array;
  /** Port, or any number that names the service. */
  readonly port: Uint16Array | Uint32Array;
  readonly pValue: Float64Array;
  /**
   * Index into `kinds` of what an alert of this row would be about; beyond its end, unknown. Without it, alerts of one host
   * join through target or port alone, so that rather more incidents are counted than there would be.
   */
  readonly kind?: Uint8Array;
  /** Ids of detectors, or of themes of unnamed alerts. */
  readonly kinds?: readonly { readonly id: string; readonly isNamed: boolean }[];
}

/** The p-value at which a budget of incidents is kept. */
export interface BudgetCut {
  /** Flag rows at or below this. */
  readonly pValue: number;
  /** Incidents a day that the calibration traffic gives at this cut, estimated between the rungs of the ladder. */
  readonly incidentsPerDay: number;
  /** What was counted, from the rarest cut on. */
  readonly ladder: readonly { readonly pValue: number; readonly incidentsPerDay: number }[];
  /** The calibration traffic is too short, or too quiet, to show what the budget asks for: the cut is a proportional guess. */
  readonly isExtrapolated: boolean;
}

/**
 * No cut flags more of normal traffic than one in a hundred: alerts would then overlap until all are one incident, and
 * fewer incidents would only mean worse ones.
 */
const mostFlagged = 0.01;
const rungsPerDecade = 8;
/** No p-value that a calibration gives is smaller. */
const least = 1e-12;

/** Counts the incidents a day that flagging rows at or below a p-value would give. */
export function incidentsPerDay(rows: CalibrationRows, pValue: number, days: number): number {
  return countIncidents(rows, rowsAtMost(rows, pValue), pValue) / days;
}

/**
 * The largest p-value cut that keeps the calibration traffic within a budget of incidents a day. Incidents are counted at
 * cuts a factor of 10^(1/8) apart, from the rarest row on until the budget is exceeded; between the last two, the count
 * is taken to grow as a power of the cut. A million rows take a few hundredths of a second, as few of them matter.
 *
 * @param days length of the calibration traffic
 */
export function cutForBudget(rows: CalibrationRows, budgetPerDay: number, days: number): BudgetCut {
  assert(budgetPerDay > 0 && days > 0, "a budget and its days are above 0");
  const candidates = rowsAtMost(rows, mostFlagged);
  let rarest = mostFlagged;
  for (const row of candidates) if (rows.pValue[row]! < rarest) rarest = rows.pValue[row]!;
  const ladder: { pValue: number; incidentsPerDay: number }[] = [];
  const lowestRung = Math.floor(Math.log10(Math.max(rarest, least)) * rungsPerDecade);
  const highestRung = Math.round(Math.log10(mostFlagged) * rungsPerDecade);
  for (let rung = lowestRung; rung <= highestRung; rung++) {
    const pValue = 10 ** (rung / rungsPerDecade);
    const perDay = countIncidents(rows, candidates, pValue) / days;
    const before = ladder.at(-1);
    ladder.push({ pValue, incidentsPerDay: perDay });
    if (perDay <= budgetPerDay) continue;
    if (before === undefined || before.incidentsPerDay === 0) {
      // Below one incident in all the traffic, rows that rare are taken to be that much rarer.
      return {
        pValue: (pValue * budgetPerDay) / perDay,
        incidentsPerDay: budgetPerDay,
        ladder,
        isExtrapolated: true,
      };
    }
    const part = Math.log(budgetPerDay / before.incidentsPerDay) / Math.log(perDay / before.incidentsPerDay);
    return {
      pValue: before.pValue * (pValue / before.pValue) ** part,
      incidentsPerDay: budgetPerDay,
      ladder,
      isExtrapolated: false,
    };
  }
  // Even the largest cut stays within the budget.
  const last = ladder.at(-1);
  return {
    pValue: mostFlagged,
    incidentsPerDay: last?.incidentsPerDay ?? 0,
    ladder,
    isExtrapolated: candidates.length === 0,
  };
}

function rowsAtMost({ pValue }: CalibrationRows, cut: number): Uint32Array {
  let count = 0;
  for (let row = 0; row < pValue.length; row++) if (pValue[row]! <= cut) count++;
  const rows = new Uint32Array(count);
  let at = 0;
  for (let row = 0; row < pValue.length; row++) if (pValue[row]! <= cut) rows[at++] = row;
  return rows;
}

function countIncidents(rows: CalibrationRows, candidates: Uint32Array, cut: number): number {
  const { end, originator, responder, port, pValue, kind, kinds = [] } = rows;
  const known = new Kinds();
  const kindOf = kinds.map(({ id, isNamed }) => (isNamed ? known.named(id) : known.unnamed(id)));
  let folded = 0;
  const grouping = new AlertGrouping<number, undefined>({ create: () => undefined, onFold: () => folded++ });
  for (const row of candidates) {
    if (pValue[row]! > cut) continue;
    grouping.place({
      time: end[row]!,
      originator: originator[row]!,
      responder: responder[row]!,
      service: port[row]!,
      kind: (kind === undefined ? undefined : kindOf[kind[row]!]) ?? vagueKind,
    });
  }
  return grouping.opened - folded;
}
