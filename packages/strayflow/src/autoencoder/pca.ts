import type { StageOptions } from "../base/stage.ts";
import { Graph } from "./graph.ts";
import { eachBlock } from "./matrix-rows.ts";
import type { MatrixRows } from "./matrix-rows.ts";
import type { Network } from "./network.ts";
import { matMul } from "./operators.ts";
import { cast, reduceSum } from "./shape-operators.ts";
import { gatherKept, scaleRows, scalerTensors } from "./scaler.ts";
import type { Scaler } from "./scaler.ts";
import { Session } from "./session.ts";
import type { SessionOptions } from "./session.ts";
import { symmetricEigen } from "./symmetric-matrix.ts";

/**
 * Principal components as a network with one linear hidden layer: the best that a linear autoencoder with a code of that
 * size can do in mean squared error on the matrix it is given.
 */
export async function fitPca(
  matrix: MatrixRows,
  scaler: Scaler,
  components: number,
  options: SessionOptions & StageOptions = {},
): Promise<Network> {
  const inputs = scaler.kept.length;
  const code = Math.min(components, inputs);
  const { mean, covariance } = await scaledCovariance(matrix, scaler, options);
  const { vectors } = symmetricEigen(covariance, inputs);

  const weights = new Float32Array(2 * inputs * code + code + inputs);
  const toCode = weights.subarray(0, inputs * code);
  const codeBias = weights.subarray(inputs * code, inputs * code + code);
  const fromCode = weights.subarray(inputs * code + code, 2 * inputs * code + code);
  for (let c = 0; c < code; c++) {
    let bias = 0;
    for (let i = 0; i < inputs; i++) {
      const weight = vectors[c * inputs + i]!;
      toCode[i * code + c] = weight;
      fromCode[c * inputs + i] = weight;
      bias -= weight * mean[i]!;
    }
    codeBias[c] = bias;
  }
  weights.set(mean, 2 * inputs * code + code);
  return { shape: { inputs, hidden: [code], activation: "linear" }, weights, scaler };
}

/** Mean and covariance (over the number of rows) of the scaled, kept columns, summed in double precision. */
async function scaledCovariance(
  matrix: MatrixRows,
  scaler: Scaler,
  options: SessionOptions & StageOptions,
): Promise<{ mean: Float64Array; covariance: Float64Array }> {
  const inputs = scaler.kept.length;
  const sums = new Float64Array(inputs);
  const products = new Float64Array(inputs * inputs);
  const session = await Session.open(buildProductsGraph(scaler), options);
  try {
    const addBlock = async (block: Float32Array, rows: number) => {
      const chosen = new Float32Array(rows * inputs);
      gatherKept(block, matrix.width, undefined, 0, rows, scaler.kept, chosen, 0);
      const results = await session.run({ rows: { data: chosen, dims: [rows, inputs] } });
      for (let i = 0; i < sums.length; i++) sums[i]! += results["sums"]![i]!;
      for (let i = 0; i < products.length; i++) products[i]! += results["products"]![i]!;
    };
    await eachBlock(matrix, addBlock, options, "pca");
  } finally {
    await session.close();
  }
  const mean = sums.map((sum) => sum / matrix.rows);
  const covariance = products.map(
    (sum, i) => sum / matrix.rows - mean[Math.floor(i / inputs)]! * mean[i % inputs]!,
  );
  return { mean, covariance };
}

function buildProductsGraph(scaler: Scaler): Uint8Array {
  const graph = new Graph("products");
  const raw = graph.input("rows", ["rows", scaler.kept.length]);
  const rows = cast(scaleRows(raw, scalerTensors(graph, scaler, scaler.kept)), "float64");
  graph.output(reduceSum(rows, [0]), "sums");
  graph.output(matMul(rows, rows, { transposeA: true }), "products");
  return graph.encode();
}
