import { openLabelNumbers } from "./label-numbers.ts";
import type { RowSet } from "./row-set.ts";

/** Numbers for the labels of attacks; 0 is normal. */
export interface AttackLabels {
  /** `names[0]` is "". Grows as rows are marked. */
  readonly names: readonly string[];
  /** The number of each row's label: the detailed one where it has one, else the label, else "attack". */
  mark(set: RowSet): Uint16Array;
}

export function openAttackLabels(): AttackLabels {
  const numbers = openLabelNumbers();
  return {
    names: numbers.names,
    mark({ rows, batches, batch, row }) {
      const truth = new Uint16Array(rows);
      for (let i = 0; i < rows; i++) {
        const { label, detailedlabel } = batches[batch[i]!]!;
        const detailed = detailedlabel.values[detailedlabel.codes[row[i]!]!]!;
        truth[i] = numbers.of(detailed || label.values[label.codes[row[i]!]!]! || "attack");
      }
      return truth;
    },
  };
}
