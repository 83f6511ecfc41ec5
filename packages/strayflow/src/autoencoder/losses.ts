import type { Tensor } from "./graph.ts";
import { abs, clip, divide, multiply, subtract, sumOfSquares } from "./operators.ts";
import { countOf, reduceMean } from "./shape-operators.ts";

/** One number for how far reconstructions are from the scaled rows; both `[rows, features]`. */
export type Loss = (reconstruction: Tensor, rows: Tensor) => Tensor;

export const losses = {
  /** Mean squared error. */
  mse: (reconstruction, rows) => meanSquare(subtract(reconstruction, rows)),
  /** Mean absolute error. */
  mae: (reconstruction, rows) => reduceMean(abs(subtract(reconstruction, rows))),
  /** Huber's loss with its corner at 1: half the square near zero, linear beyond. */
  huber(reconstruction, rows) {
    const residual = subtract(reconstruction, rows);
    const near = clip(residual, -1, 1);
    // c (r - c/2) with c = clip(r) is r^2/2 inside and |r| - 1/2 outside.
    return reduceMean(multiply(near, subtract(residual, multiply(near, 0.5))));
  },
} as const satisfies Record<string, Loss>;

function meanSquare(x: Tensor): Tensor {
  return divide(sumOfSquares(x), countOf(x));
}

export type LossName = keyof typeof losses;
