import { assert } from "../../base/errors.ts";
import type { MatrixData } from "../../features/family.ts";

export interface RobustScaler {
  readonly width: number;
  /** Writes rows `from` to `from + rows - 1` of `matrix`, scaled, to the start of `out`. */
  apply(matrix: MatrixData, from: number, rows: number, out: Float64Array): void;
}

export interface RobustScalerOptions {
  /** Scaled values are cut to plus or minus this. */
  readonly clip?: number;
}

/** A quartile distance times this is the standard deviation of a normal distribution. */
const IQR_TO_DEVIATION = 1 / 1.349;

/** Columns are logarithms, shares and flags: a spread below this is noise that must not be blown up. */
const SMALLEST_SCALE = 0.05;

/**
 * Centres each column on its median and divides it by its quartile distance, so that a few huge rows neither move nor
 * stretch it. Where half of the rows are the same, the standard deviation takes the place of the quartile distance; a
 * column that never varies keeps its own unit, so that one odd value in it does not outweigh all others.
 */
export function fitRobustScaler(
  train: MatrixData,
  width: number,
  { clip = 10 }: RobustScalerOptions = {},
): RobustScaler {
  const rows = train.length / width;
  assert(rows > 0 && Number.isInteger(rows), `a matrix of ${train.length} values is not ${width} wide`);
  const centre = new Float64Array(width);
  const inverse = new Float64Array(width);
  const values = new Float64Array(rows);
  for (let column = 0; column < width; column++) {
    let sum = 0;
    for (let row = 0, at = column; row < rows; row++, at += width) sum += values[row] = train[at]!;
    const mean = sum / rows;
    let squares = 0;
    for (let row = 0; row < rows; row++) squares += (values[row]! - mean) ** 2;
    values.sort();
    const quartiles = quantile(values, 0.75) - quantile(values, 0.25);
    const spread = quartiles > 0 ? quartiles * IQR_TO_DEVIATION : Math.sqrt(squares / rows);
    centre[column] = quantile(values, 0.5);
    inverse[column] = 1 / (values[0] === values[rows - 1] ? 1 : Math.max(spread, SMALLEST_SCALE));
  }
  return {
    width,
    apply(matrix, from, count, out) {
      let at = from * width;
      for (let row = 0, to = 0; row < count; row++) {
        for (let column = 0; column < width; column++, at++, to++) {
          const value = (matrix[at]! - centre[column]!) * inverse[column]!;
          out[to] = value > clip ? clip : value < -clip ? -clip : value;
        }
      }
    },
  };
}

/** Linear between the two nearest values (Hyndman and Fan's type 7, the usual one). */
function quantile(sorted: Float64Array, share: number): number {
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below);
}
