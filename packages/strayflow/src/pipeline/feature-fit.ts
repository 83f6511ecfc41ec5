import { assert } from "../base/errors.ts";
import type { ScoredRows } from "../autoencoder/scorer.ts";
import type { Manifest } from "../model/manifest.ts";

/** How well the networks reconstruct one column. */
export interface FeatureQuality {
  readonly id: string;
  /** Mean error; about 1 where it is reconstructed as well as in training. */
  readonly meanError: number;
  /**
   * Share of the column's variance that the reconstruction explains: 1 less the mean squared residual over the variance, both
   * scaled as the networks see them. 1 is perfect, 0 no better than always guessing the mean, and below 0 worse. NaN where
   * the column has one value.
   */
  readonly explained: number;
}

/** Sums up values and reconstructions, column by column. */
export class FeatureFit {
  readonly #features: Manifest["features"];
  readonly #clip: number;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  readonly #residuals: Float64Array;
  readonly #errors: Float64Array;
  rows = 0;

  /** @param clip scaled values are held within ±clip before the networks see them */
  constructor(features: Manifest["features"], clip: number) {
    const width = features.length;
    this.#features = features;
    this.#clip = clip;
    this.#sum = new Float64Array(width);
    this.#squares = new Float64Array(width);
    this.#residuals = new Float64Array(width);
    this.#errors = new Float64Array(width);
  }

  /** Takes raw rows, row-major, as many as `scored` has. */
  add(matrix: Float32Array, { reconstruction, errors, score }: ScoredRows): void {
    const width = this.#features.length;
    const rows = score.length;
    assert(matrix.length >= rows * width, "rows and their reconstruction belong together");
    const clip = this.#clip;
    for (let column = 0; column < width; column++) {
      const { center, scale } = this.#features[column]!;
      const inverse = scale === 0 ? 0 : 1 / scale;
      let sum = 0;
      let squares = 0;
      let residuals = 0;
      let error = 0;
      for (let at = column; at < rows * width; at += width) {
        const value = Math.min(clip, Math.max(-clip, (matrix[at]! - center) * inverse));
        const residual = (reconstruction[at]! - center) * inverse - value;
        sum += value;
        squares += value * value;
        residuals += residual * residual;
        error += errors[at]!;
      }
      this.#sum[column]! += sum;
      this.#squares[column]! += squares;
      this.#residuals[column]! += residuals;
      this.#errors[column]! += error;
    }
    this.rows += rows;
  }

  qualities(): FeatureQuality[] {
    const { rows } = this;
    return this.#features.map(({ id }, column) => {
      const mean = this.#sum[column]! / rows;
      const variance = this.#squares[column]! / rows - mean * mean;
      const explained = variance > LEAST_VARIANCE ? 1 - this.#residuals[column]! / rows / variance : NaN;
      return { id, meanError: this.#errors[column]! / rows, explained };
    });
  }
}

/** Of scaled values; what is less comes from rounding. */
const LEAST_VARIANCE = 1e-9;
