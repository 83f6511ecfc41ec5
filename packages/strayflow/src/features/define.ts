import type { Batch } from "../zeek/batch.ts";
import type { FeatureBlock, FeatureFamily } from "./block.ts";
import type { FamilyDescription, FeatureColumn, MatrixData } from "./family.ts";

/** A column before its name is known: the key that it is declared under. */
export type ColumnTexts = Omit<FeatureColumn, "id">;

/** A family whose columns do not depend on training, and which remembers nothing. */
export interface FixedFamily<Id extends string> extends FamilyDescription {
  /** In the order of the matrix. */
  readonly columns: Readonly<Record<Id, ColumnTexts>>;
  /** As in `FeatureBlock`. */
  readonly fill: (out: MatrixData, width: number, at: number, batch: Batch) => void;
}

/** Makes a fixed family fit for a preset's list. */
export function fixedFamily<Id extends string>(family: FixedFamily<Id>): FixedFamily<Id> & FeatureFamily {
  const block: FeatureBlock = { columns: columnsOf(family.columns), fill: family.fill };
  return { ...family, open: () => block };
}

/** The columns of a declaration, in its order. */
export function columnsOf(columns: Readonly<Record<string, ColumnTexts>>): FeatureColumn[] {
  return Object.entries(columns).map(([id, texts]) => ({ id, ...texts }));
}
