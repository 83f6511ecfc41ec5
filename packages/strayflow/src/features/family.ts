import type { ZeekColumn } from "../zeek/batch.ts";

/** One column of the feature matrix, as every reader of it (docs, reasons, listings, dashboard) sees it. */
export interface FeatureColumn {
  /** Unique in a preset, `snake_case`. */
  readonly id: string;
  /** Unit of the raw value: "log bytes", "0 or 1", "share", "-ln p". */
  readonly unit: string;
  /** One sentence. */
  readonly summary: string;
  /** What the value says against the value that is usual here, in plain units; a clause without a full stop. */
  readonly explain: (value: number, usual: number) => string;
  /** Present where the column is one of several alternatives, which only together make a statement. */
  readonly choice?: Choice;
  /** Columns of one family and topic say nearly the same thing. Default: the id without window and statistic. */
  readonly topic?: string;
  /** The value in plain units, for a sentence about a limit: "30 MB"; absent where it says nothing by itself. */
  readonly format?: (value: number) => string;
}

/** What a 0 or 1 column says where it is 1: "state" is "S0 (no reply)". */
export interface Choice {
  /** Columns of one family and one `of` are alternatives. */
  readonly of: string;
  readonly is: string;
  /** More than one of them may be 1. */
  readonly areSeveral?: boolean;
}

/** Features that look at the connection alone, or that keep a memory keyed by one of its ends. */
export type FeatureSide = "connection" | "originator" | "responder" | "pair";

/** What a family says of itself before any data is seen. */
export interface FamilyDescription {
  readonly id: string;
  readonly side: FeatureSide;
  /** The Zeek columns without which the family has nothing to say. */
  readonly reads: readonly ZeekColumn[];
}

/** Rows are flat and row-major: value `column` of row `row` is `out[row * width + column]`. */
export type MatrixData = Float32Array | Float64Array;
