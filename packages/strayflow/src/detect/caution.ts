import { formatCount, formatOneIn } from "../base/units.ts";
import { learnCalibration, pValueOf, type Calibration } from "./calibration.ts";

/**
 * p-value with what the calibration does not know: how much the traffic moved even while it was learned (`drift`), and one
 * standard error, since of `count` rows `p * count` were as high, give or take the root of that. With thousands of rows of
 * steady traffic it changes little; with some hundred, or on a network that changes through the day, it keeps the promise that was made.
 */
export function cautiousPValue(calibration: Calibration, value: number, drift: number): number {
  const p = pValueOf(calibration, value);
  return Math.min(1, drift * p + Math.sqrt(p / calibration.count));
}

/**
 * Calibrates each quarter of the held-back rows by the other three, and says how many times more rows than asked are
 * flagged in the worst, two standard errors taken off since it is the worst of four, within 1 and `MOST_DRIFT`. Rows that
 * can be exchanged give 1.
 */
export function driftOf(values: Float64Array): number {
  let worst = 1;
  for (let block = 0; block < BLOCKS; block++) {
    const from = Math.floor((block * values.length) / BLOCKS);
    const to = Math.floor(((block + 1) * values.length) / BLOCKS);
    if (to === from || to - from === values.length) continue;
    const others = new Float64Array(values.length - to + from);
    others.set(values.subarray(0, from));
    others.set(values.subarray(to), from);
    const calibration = learnCalibration(others);
    let flagged = 0;
    for (let row = from; row < to; row++) if (pValueOf(calibration, values[row]!) <= DRIFT_RATE) flagged++;
    worst = Math.max(worst, (flagged - 2 * Math.sqrt(flagged)) / (DRIFT_RATE * (to - from)));
  }
  return Math.min(MOST_DRIFT, worst);
}

const BLOCKS = 4;
/** Common enough to be counted in some hundred rows, rare enough to speak for what is rarer. */
const DRIFT_RATE = 0.02;
const MOST_DRIFT = 2;

/** That a p-value which is asked for is rarer than was counted, as a sentence without a full stop; nothing where it is not. */
export function beyondCalibration({ count }: Calibration, pValue: number): string[] {
  return pValue >= 1 / (count + 1)
    ? []
    : [
        `${formatOneIn(pValue)} is rarer than the ${formatCount(count)} connections of the calibration can tell; what is flagged at it is extrapolated`,
      ];
}
