import { ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import { evenlySpread } from "./matrix-rows.ts";
import type { MatrixRows } from "./matrix-rows.ts";
import type { Network } from "./network.ts";
import { NetworkEvaluator } from "./network-evaluator.ts";
import type { SessionOptions } from "./session.ts";
import { symmetricInverse } from "./symmetric-matrix.ts";

/** How large a network's errors are on normal traffic, by raw column. */
export interface NormalErrors {
  /** Mean squared scaled residual of each column; 1 for columns that the network does not see. */
  readonly meanSquare: Float32Array;
  /** Rows it was measured on. */
  readonly rows: number;
}

export interface NormalErrorOptions extends SessionOptions, StageOptions {
  /** Share of the largest squared residuals of each column that is left out; default 0.001. */
  readonly trim?: number;
  /**
   * The least that a column's normal error may be, as a share of the median over the columns; default 0.1. Without it a
   * column that hardly ever varies has next to no normal error, and wins whenever it does vary.
   */
  readonly floor?: number;
}

const MOST_ROWS = 65536;
/** Keeps a perfect reconstruction from dividing by zero. */
const LEAST_MEAN_SQUARE = 1e-12;

/**
 * Measures normal errors on rows that the network was not trained on (at most 65,536 of them, evenly spread). Throws
 * `too-few-rows` where there are none.
 */
export async function measureNormalErrors(
  network: Network,
  heldBack: MatrixRows,
  { trim = 0.001, floor = 0.1, ...options }: NormalErrorOptions = {},
): Promise<NormalErrors> {
  const { kept, center } = network.scaler;
  const residuals = await collectResiduals(network, heldBack, options);
  const rows = residuals.length / kept.length;
  const counted = Math.max(1, Math.ceil(rows * (1 - trim)));
  const squares = new Float32Array(rows);
  const means = new Float64Array(kept.length);
  for (let k = 0; k < kept.length; k++) {
    options.signal?.throwIfAborted();
    for (let row = 0; row < rows; row++) squares[row] = residuals[row * kept.length + k]! ** 2;
    squares.sort();
    let sum = 0;
    for (let i = 0; i < counted; i++) sum += squares[i]!;
    means[k] = sum / counted;
    if (k % 8 === 7) await new Promise((resolve) => setImmediate(resolve));
  }
  const least = Math.max(floor * means.toSorted()[Math.floor(kept.length / 2)]!, LEAST_MEAN_SQUARE);
  const meanSquare = new Float32Array(center.length).fill(1);
  kept.forEach((column, k) => (meanSquare[column] = Math.max(means[k]!, least)));
  return { meanSquare, rows };
}

/**
 * The inverse of the shrunk covariance of standardised residuals (each divided by the root of its normal error and held
 * within ±sqrt(cap)), as a raw-width square matrix with zeros for columns that the network does not see. It is scaled so
 * that the quadratic form averages the number of columns on these rows; without that, shrinkage would push it below.
 */
export async function measureWhitening(
  network: Network,
  normal: NormalErrors,
  heldBack: MatrixRows,
  { cap = 100, ...options }: SessionOptions & StageOptions & { readonly cap?: number } = {},
): Promise<Float32Array> {
  const { kept, center } = network.scaler;
  const size = kept.length;
  const width = center.length;
  const residuals = await collectResiduals(network, heldBack, options);
  standardise(
    residuals,
    Float64Array.from(kept, (column) => 1 / Math.sqrt(normal.meanSquare[column]!)),
    Math.sqrt(cap),
  );
  const { moments, shrunk } = shrunkCovariance(residuals, size);
  const inverse = symmetricInverse(shrunk, size);
  let average = 0;
  for (let i = 0; i < moments.length; i++) average += inverse[i]! * moments[i]!;
  const scale = average > 0 ? size / average : 1;
  const whitening = new Float32Array(width * width);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) whitening[kept[i]! * width + kept[j]!] = inverse[i * size + j]! * scale;
  }
  return whitening;
}

async function collectResiduals(
  network: Network,
  heldBack: MatrixRows,
  options: SessionOptions & StageOptions,
): Promise<Float32Array> {
  if (heldBack.rows === 0) {
    throw new ExpectedError(
      "too-few-rows",
      "no rows were held back from training to measure normal errors on",
    );
  }
  const sample = evenlySpread(heldBack, MOST_ROWS);
  const size = network.scaler.kept.length;
  const all = new Float32Array(sample.rows * size);
  const evaluator = await NetworkEvaluator.open(network.shape, network.scaler, "mse", options);
  try {
    await evaluator.residuals(
      network.weights,
      sample,
      (part, _rows, start) => all.set(part, start * size),
      options,
    );
  } finally {
    await evaluator.close();
  }
  return all;
}

function standardise(residuals: Float32Array, factors: Float64Array, limit: number): void {
  const size = factors.length;
  for (let at = 0; at < residuals.length;) {
    for (let k = 0; k < size; k++, at++) {
      const value = residuals[at]! * factors[k]!;
      residuals[at] = value > limit ? limit : value < -limit ? -limit : value;
    }
  }
}

/** Mean products of every two columns, and the mean of the squared row sums of squares. */
function secondMoments(rows: Float32Array, size: number): { moments: Float64Array; fourth: number } {
  const count = rows.length / size;
  const moments = new Float64Array(size * size);
  let fourth = 0;
  for (let base = 0; base < rows.length; base += size) {
    let norm = 0;
    for (let i = 0; i < size; i++) {
      const left = rows[base + i]!;
      norm += left * left;
      for (let j = 0; j <= i; j++) moments[i * size + j]! += left * rows[base + j]!;
    }
    fourth += norm * norm;
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = moments[i * size + j]! / count;
      moments[i * size + j] = value;
      moments[j * size + i] = value;
    }
  }
  return { moments, fourth: fourth / count };
}

/**
 * Second moments pulled towards a multiple of the identity, as far as the size of the sample advises: Ledoit and Wolf
 * (Journal of Multivariate Analysis 88, 2004), about zero rather than about the mean.
 */
export function shrunkCovariance(
  rows: Float32Array,
  size: number,
): { moments: Float64Array; shrunk: Float64Array } {
  const { moments, fourth } = secondMoments(rows, size);
  let level = 0;
  let squared = 0;
  for (let i = 0; i < size; i++) level += moments[i * size + i]! / size;
  for (const value of moments) squared += value * value;
  const distance = squared - size * level * level;
  const noise = Math.max(0, ((fourth - squared) * size) / rows.length);
  const shrinkage = distance > 0 ? Math.min(1, noise / distance) : 1;
  const shrunk = moments.map((value) => value * (1 - shrinkage));
  for (let i = 0; i < size; i++) shrunk[i * size + i]! += shrinkage * level;
  return { moments, shrunk };
}
