import type { Extractor } from "../features/index.ts";
import type { ScoredBatch } from "../pipeline/detector.ts";
import { countIncidents } from "./incidents.ts";
import { openProductIncidents } from "./product-incidents.ts";
import { countedRows, testDays, type ProductScores, type TestRows } from "./seed-figures.ts";

/** Takes what the product says of the test, batch by batch. */
export interface ProductRun {
  /** @param truth 0 for normal rows of the batch, otherwise the number of the attack's label */
  take(scored: ScoredBatch, truth: Uint16Array): void;
  /** @param rows all rows that were taken */
  finish(rows: TestRows): ProductScores;
}

/**
 * What the detector does not flag although its p-value is small enough has another cause (trouble with the sensor), and
 * counts as found ordinary.
 *
 * @param extractor that of the detector
 * @param rate the p-value that the detector was opened with, at which incidents are counted
 * @param warmUp rows at the start that raise no incident
 */
export function openProductRun({ columns, families }: Extractor, rate: number, warmUp = 0): ProductRun {
  const familyOf = new Map(
    families.flatMap(({ id, at, width }) =>
      columns.slice(at, at + width).map((column) => [column.id, id] as const),
    ),
  );
  const incidents = openProductIncidents((feature) => familyOf.get(feature));
  const pValues: Float64Array[] = [];
  const scores: Float64Array[] = [];
  let seen = 0;
  return {
    take(scored, truth) {
      const { score, flagged } = scored;
      const pValue = scored.pValue.map((p, row) => (p <= rate && flagged[row] !== 1 ? 1 : p));
      pValues.push(pValue);
      scores.push(score);
      for (let row = Math.max(0, warmUp - seen); row < pValue.length; row++) {
        if (flagged[row] === 1) incidents.take(scored.alert(row), truth[row] !== 0);
      }
      seen += pValue.length;
    },
    finish(rows) {
      const pValue = joined(pValues, seen);
      const flagged = Uint8Array.from(pValue.subarray(warmUp), (p) => (p <= rate ? 1 : 0));
      const days = testDays(rows);
      const falseOnes = [...incidents.falseOnes()];
      return {
        pValue,
        score: joined(scores, seen),
        incidents: {
          ...countIncidents(countedRows(rows), flagged, days),
          false_per_day: days > 0 ? falseOnes.reduce((sum, [, count]) => sum + count, 0) / days : null,
          false_per_day_by_kind:
            days > 0 ? Object.fromEntries(falseOnes.map(([kind, count]) => [kind, count / days])) : undefined,
          rate,
        },
      };
    },
  };
}

function joined(parts: readonly Float64Array[], length: number): Float64Array {
  const whole = new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
