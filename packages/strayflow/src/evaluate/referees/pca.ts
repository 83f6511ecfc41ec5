import type { Referee } from "./referee.ts";
import { fitRobustScaler, type RobustScaler } from "./robust-scaler.ts";
import { symmetricEigen } from "../../autoencoder/index.ts";

export interface PcaOptions {
  /** Directions that are kept; half of the columns at most. The code of the default autoencoder has 16. */
  readonly components?: number;
}

/**
 * Mean squared error of the reconstruction from the first principal components (Shyu, Chen, Sarinnapakorn and Chang
 * 2003), on robustly scaled columns: what a linear autoencoder does at best.
 */
export function pcaReferee({ components = 16 }: PcaOptions = {}): Referee {
  return {
    id: "pca",
    title: "PCA",
    seeded: false,
    fit(train, width) {
      const scaler = fitRobustScaler(train, width);
      const kept = Math.max(1, Math.min(components, Math.floor(width / 2)));
      const { mean, covariance } = momentsOf(train, scaler);
      const axes = symmetricEigen(covariance, width).vectors.subarray(0, kept * width);
      const centred = new Float64Array(width);
      return {
        score(matrix, out) {
          for (let row = 0; row < out.length; row++) {
            scaler.apply(matrix, row, 1, centred);
            let squares = 0;
            for (let column = 0; column < width; column++) {
              const value = (centred[column]! -= mean[column]!);
              squares += value * value;
            }
            // The axes are orthonormal: what they do not explain is what is left of the squared length.
            for (let start = 0; start < axes.length; start += width) {
              let along = 0;
              for (let column = 0; column < width; column++)
                along += axes[start + column]! * centred[column]!;
              squares -= along * along;
            }
            out[row] = Math.max(0, squares) / width;
          }
        },
      };
    },
  };
}

function momentsOf(train: ArrayLike<number> & (Float32Array | Float64Array), scaler: RobustScaler) {
  const { width } = scaler;
  const rows = train.length / width;
  const mean = new Float64Array(width);
  const covariance = new Float64Array(width * width);
  const row = new Float64Array(width);
  for (let i = 0; i < rows; i++) {
    scaler.apply(train, i, 1, row);
    for (let column = 0; column < width; column++) mean[column]! += row[column]! / rows;
  }
  for (let i = 0; i < rows; i++) {
    scaler.apply(train, i, 1, row);
    for (let a = 0; a < width; a++) row[a]! -= mean[a]!;
    for (let a = 0; a < width; a++) {
      const value = row[a]! / rows;
      if (value === 0) continue;
      for (let b = 0; b <= a; b++) covariance[a * width + b]! += value * row[b]!;
    }
  }
  for (let a = 0; a < width; a++) {
    for (let b = 0; b < a; b++) covariance[b * width + a] = covariance[a * width + b]!;
  }
  return { mean, covariance };
}
