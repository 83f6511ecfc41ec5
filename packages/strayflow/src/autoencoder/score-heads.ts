import { assert } from "../base/errors.ts";
import type { Tensor } from "./graph.ts";
import type { NormalErrors } from "./normal-errors.ts";
import { clip, matMul, minimum, multiply, square } from "./operators.ts";

/** What a head knows besides the residuals. */
export interface HeadInputs {
  readonly normal: NormalErrors;
  readonly whitening?: Float32Array | undefined;
  readonly cap: number;
}

/** Turns scaled residuals `[rows, width]` into errors of the same shape, about 1 on normal traffic. */
export type ScoreHead = (residuals: Tensor, inputs: HeadInputs) => Tensor;

export const scoreHeads = {
  /** Each column by itself: squared residual over its normal size, capped. */
  plain(residuals, { normal, cap }) {
    return minimum(square(standardised(residuals, normal)), cap);
  },
  /**
   * Columns together: what each adds to the squared Mahalanobis distance of the residuals, r_j (P r)_j, with no single
   * residual beyond sqrt(cap) normal ones. An error can be negative where a column makes the others more plausible.
   */
  whitened(residuals, { normal, whitening, cap }) {
    const width = normal.meanSquare.length;
    assert(whitening?.length === width * width, "the whitened head needs a whitening matrix");
    const limit = Math.sqrt(cap);
    const bounded = clip(standardised(residuals, normal), -limit, limit);
    const pulled = matMul(bounded, residuals.graph.constant(whitening, [width, width]));
    return clip(multiply(bounded, pulled), -cap, cap);
  },
} as const satisfies Record<string, ScoreHead>;

export type ScoreHeadName = keyof typeof scoreHeads;

function standardised(residuals: Tensor, normal: NormalErrors): Tensor {
  const factors = normal.meanSquare.map((value) => 1 / Math.sqrt(value));
  return multiply(residuals, residuals.graph.constant(factors, [factors.length]));
}
