import type { ColumnTexts } from "../define.ts";
import type { FamilyDescription, MatrixData } from "../family.ts";
import type { BehaviorRows, Entity } from "./rows.ts";

export { clearSlot } from "./slot-array.ts";

/**
 * A family of behaviour features. It reads what is remembered of the hosts of a row, writes the row's features, and only
 * then remembers the row, so that a feature depends on earlier rows alone.
 */
export interface BehaviorFamily<Id extends string = string> extends FamilyDescription {
  /** Whose slots it uses. An originator-side family uses none that mixes the rows of several originators. */
  readonly entities: readonly Entity[];
  /** In the order of the matrix. */
  readonly columns: Readonly<Record<Id, ColumnTexts>>;
  /** Starts with no memory. `rows` are those that every `fill` will be about; all memory lies in the records of their visits. */
  open(rows: BehaviorRows): FamilyMemory;
}

/** A family that is open on a stream. */
export interface FamilyMemory {
  /** Columns, by number, into which `fill` writes a positive amount whose logarithm is the feature; taken afterwards. */
  readonly logs: readonly number[];
  /**
   * Writes the family's columns, from column `at`, of the prepared rows into the first rows of `out`, which is `width`
   * wide, and remembers the rows.
   */
  fill(out: MatrixData, width: number, at: number): void;
}
