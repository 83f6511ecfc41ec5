import type { Batch } from "../zeek/batch.ts";
import { openLabelNumbers } from "./label-numbers.ts";
import { isNormalLabel, type TruthMarks } from "./truth.ts";

/**
 * Marks rows by the logs' own label columns, as labelled captures have them: a row is an attack where its `label` says
 * something else than normal, or where it has none and its detailed label does. The attack is named by the detailed label
 * where there is one.
 */
export function openLabelMarks(): TruthMarks {
  const numbers = openLabelNumbers();
  let labelled = false;
  return {
    names: numbers.names,
    mark({ rows, label, detailedlabel }: Batch) {
      const marks = new Uint16Array(rows);
      for (let row = 0; row < rows; row++) {
        const coarse = label.values[label.codes[row]!]!;
        const detailed = detailedlabel.values[detailedlabel.codes[row]!]!;
        if (coarse === "" && detailed === "") continue;
        labelled = true;
        if (isNormalLabel(coarse === "" ? detailed : coarse)) continue;
        marks[row] = numbers.of(isNormalLabel(detailed) ? coarse : detailed);
      }
      return marks;
    },
    missing: () => 0,
    isLabelled: () => labelled,
  };
}
