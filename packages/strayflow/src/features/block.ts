import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { Batch } from "../zeek/batch.ts";
import type { FamilyDescription, FeatureColumn, MatrixData } from "./family.ts";

/** A family that is open on one baseline: its columns are fixed, and it fills them batch by batch. */
export interface FeatureBlock {
  readonly columns: readonly FeatureColumn[];
  /**
   * Writes columns `at` to `at + columns.length - 1` of rows 0 to `batch.rows - 1` of `out`, which is `width` wide.
   * Every value is written and finite. Batches come in the stream's order.
   */
  fill(out: MatrixData, width: number, at: number, batch: Batch): void;
  /** What the block remembers of the traffic that it has seen; absent where it remembers nothing. */
  save?(): Uint8Array;
}

/**
 * A group of features that share their inputs. One file a family; the preset is a list of them.
 */
export interface FeatureFamily extends FamilyDescription {
  /** What the family needs from training. Families may share a part; it is learned once. */
  readonly parts?: readonly BaselinePart<unknown>[];
  /** Columns that depend on the learned vocabulary, for the docs: `service_<name>`. */
  readonly learnedColumns?: readonly Pick<FeatureColumn, "id" | "unit" | "summary">[];
  /** `state` is what `save` of the same family gave earlier; without it the block starts with no memory. */
  open(baseline: PartValues, state?: Uint8Array): FeatureBlock;
}

/**
 * One named piece of the baseline: how it is learned from the training rows, and its form on disk. `Value` is frozen
 * once learned, and must not depend on where the stream was cut into batches.
 */
export interface BaselinePart<Value> {
  /** Unique among all parts; also the name on disk. */
  readonly id: string;
  learner(): PartLearner<Value>;
  encode(value: Value, out: ByteWriter): void;
  /** Checks bounds; throws `model-damaged` (through `ByteReader.expect`) where a value cannot be right. */
  decode(input: ByteReader): Value;
}

export interface PartLearner<Value> {
  /** Rows with `include[row] === 0` are skipped; without `include`, all rows count. */
  learn(batch: Batch, include?: Uint8Array): void;
  /** The learner is spent afterwards. */
  finish(): Value;
}

/** The learned values, by part. */
export interface PartValues {
  /** Throws `model-damaged` where the baseline has no such part. */
  get<Value>(part: BaselinePart<Value>): Value;
}
