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

/** How many incidents a day flagging rows at or below a p-value gives. */
export interface Rung {
  readonly pValue: number;
  readonly perDay: number;
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
 * Counts the incidents a day of the calibration traffic at cuts a factor of 10^(1/8) apart, from its rarest row to the
 * largest cut that makes sense. A million rows take a few hundredths of a second, as few of them matter.
 *
 * @param days length of the calibration traffic
 */
export function incidentLadder(rows: CalibrationRows, days: number): Rung[] {
  assert(days > 0, "traffic lasts some time");
  const candidates = rowsAtMost(rows, mostFlagged);
  let rarest = mostFlagged;
  for (const row of candidates) if (rows.pValue[row]! < rarest) rarest = rows.pValue[row]!;
  const ladder: Rung[] = [];
  const lowestRung = Math.floor(Math.log10(Math.max(rarest, least)) * rungsPerDecade);
  const highestRung = Math.round(Math.log10(mostFlagged) * rungsPerDecade);
  for (let rung = lowestRung; rung <= highestRung; rung++) {
    const pValue = 10 ** (rung / rungsPerDecade);
    ladder.push({ pValue, perDay: countIncidents(rows, candidates, pValue) / days });
  }
  return ladder;
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
