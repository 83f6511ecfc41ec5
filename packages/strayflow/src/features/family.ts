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
  explain(value: number, usual: number): string;
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
