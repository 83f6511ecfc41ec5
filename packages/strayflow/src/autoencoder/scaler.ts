import { assert, ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import type { Graph, Tensor } from "./graph.ts";
import { eachBlock } from "./matrix-rows.ts";
import type { MatrixRows } from "./matrix-rows.ts";
import { clip, multiply, subtract } from "./operators.ts";
import { columnQuantiles } from "./quantiles.ts";

export const scalerKinds = ["standard", "robust"] as const;
export type ScalerKind = (typeof scalerKinds)[number];

/**
 * How raw columns become network inputs: (value - center) / scale, held within ±clip. Columns that were constant in the
 * training part have scale 0 and their constant as center, and are not among the inputs.
 */
export interface Scaler {
  readonly center: Float32Array;
  readonly scale: Float32Array;
  /** Positions of the columns that vary, ascending. */
  readonly kept: Uint32Array;
  readonly clip: number;
}

/** Far outside anything that training sees; it only keeps absurd values from overflowing. */
const STANDARD_CLIP = 1e6;
const ROBUST_CLIP = 10;

/** A middle half so much narrower than the middle 90 % is one value but for rounding: its width says nothing. */
const LEAST_MIDDLE = 0.01;

/**
 * Learns a scaler from the training part. `standard`: mean and standard deviation. `robust`: median and interquartile
 * range, but at least a hundredth of the range of the middle 90 %; that range itself for a column whose middle half is
 * one value, or else the standard deviation; each divided by what it is for a normal distribution. Throws `too-few-rows`
 * where no column varies.
 */
export async function fitScaler(
  matrix: MatrixRows,
  kind: ScalerKind,
  clipAt = kind === "robust" ? ROBUST_CLIP : STANDARD_CLIP,
  stage: StageOptions = {},
): Promise<Scaler> {
  const moments = await columnMoments(matrix, stage);
  const { width } = matrix;
  const kept = Uint32Array.from({ length: width }, (_, column) => column).filter(
    (column) => moments.varies[column],
  );
  if (kept.length === 0) {
    throw new ExpectedError(
      "too-few-rows",
      `all ${width} features have one value in all ${matrix.rows} training rows`,
    );
  }
  const center = Float32Array.from(moments.first);
  const scale = new Float32Array(width);
  for (const column of kept) {
    center[column] = moments.mean[column]!;
    scale[column] = positive(moments.deviation[column]!);
  }
  if (kind === "robust") {
    const shares = await columnQuantiles(matrix, [...kept], [0.05, 0.25, 0.5, 0.75, 0.95], stage);
    kept.forEach((column, i) => {
      const [low, quarter, median, threeQuarters, high] = shares[i]! as [
        number,
        number,
        number,
        number,
        number,
      ];
      center[column] = median;
      // 1.349 and 3.290: these ranges of a normal distribution with standard deviation 1.
      const middle = (threeQuarters - quarter) / 1.349;
      const wide = (high - low) / 3.29;
      if (middle > 0) scale[column] = positive(Math.max(middle, LEAST_MIDDLE * wide));
      else if (wide > 0) scale[column] = positive(wide);
    });
  }
  return { center, scale, kept, clip: clipAt };
}

/** A scaler's figures for the given columns inside a graph, one row each. */
export interface ScalerTensors {
  readonly center: Tensor;
  readonly inverse: Tensor;
  readonly clip: number;
}

export function scalerTensors(graph: Graph, scaler: Scaler, columns: Uint32Array): ScalerTensors {
  const center = Float32Array.from(columns, (column) => scaler.center[column]!);
  const inverse = Float32Array.from(columns, (column) =>
    scaler.scale[column] === 0 ? 0 : 1 / scaler.scale[column]!,
  );
  return {
    center: graph.constant(center, [columns.length]),
    inverse: graph.constant(inverse, [columns.length]),
    clip: scaler.clip,
  };
}

/** Scaled rows from raw rows of the same columns. Subtracts before it multiplies: raw values can be large and close. */
export function scaleRows(x: Tensor, { center, inverse, clip: limit }: ScalerTensors): Tensor {
  return clip(multiply(subtract(x, center), inverse), -limit, limit);
}

/**
 * Copies the kept columns of rows `order[first]`, `order[first + 1]`... of `block` (without an order: rows `first`,
 * `first + 1`...) into `out`, from row `at` on.
 */
export function gatherKept(
  block: Float32Array,
  width: number,
  order: Uint32Array | undefined,
  first: number,
  count: number,
  kept: Uint32Array,
  out: Float32Array,
  at: number,
): void {
  const columns = kept.length;
  let to = at * columns;
  for (let i = first; i < first + count; i++) {
    const base = (order ? order[i]! : i) * width;
    if (columns === width) {
      out.set(block.subarray(base, base + width), to);
      to += width;
      continue;
    }
    for (let k = 0; k < columns; k++) out[to++] = block[base + kept[k]!]!;
  }
}

interface ColumnMoments {
  readonly first: Float32Array;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  readonly varies: readonly boolean[];
}

async function columnMoments(matrix: MatrixRows, stage: StageOptions): Promise<ColumnMoments> {
  const { width, rows } = matrix;
  const first = new Float32Array(width);
  if (rows > 0) matrix.read(0, 1, first);
  // Sums of differences from the first row lose no digits where values are large and close together.
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  await eachBlock(
    matrix,
    (block, count) => addMoments(block, count, width, first, sums, squares),
    stage,
    "scale",
  );

  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (let column = 0; column < width; column++) {
    const shift = sums[column]! / rows;
    assert(
      Number.isFinite(shift),
      `column ${column} of the training matrix holds a value that is not finite`,
    );
    mean[column] = first[column]! + shift;
    deviation[column] = Math.sqrt(Math.max(0, squares[column]! / rows - shift * shift));
  }
  return { first, mean, deviation, varies: Array.from(squares, (sum) => sum > 0) };
}

function addMoments(
  block: Float32Array,
  rows: number,
  width: number,
  first: Float32Array,
  sums: Float64Array,
  squares: Float64Array,
): void {
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const difference = block[at++]! - first[column]!;
      sums[column]! += difference;
      squares[column]! += difference * difference;
    }
  }
}

/** A scale that is still above zero, and has a finite inverse, as a 32-bit float. */
function positive(scale: number): number {
  return Math.max(scale, 1e-30);
}
