import { assert } from "../base/errors.ts";
import { Graph } from "./graph.ts";
import type { Tensor } from "./graph.ts";
import { layerSizes, reconstruct } from "./network.ts";
import type { Network } from "./network.ts";
import type { NormalErrors } from "./normal-errors.ts";
import type { OnnxMetadata } from "./onnx-proto.ts";
import { add, matMul, multiply, subtract } from "./operators.ts";
import { scaleRows, scalerTensors } from "./scaler.ts";
import { scoreHeads } from "./score-heads.ts";
import type { ScoreHeadName } from "./score-heads.ts";
import { reshape } from "./shape-operators.ts";

/** One network of a scoring model, with what its errors are measured against. */
export interface ScoringMember {
  readonly network: Network;
  readonly normal: NormalErrors;
  /** From `measureWhitening`; needed by the head `whitened`. */
  readonly whitening?: Float32Array | undefined;
}

export interface ScoringModelOptions {
  /** How residuals become errors; default `plain`. */
  readonly head?: ScoreHeadName | undefined;
  /** The most that one feature's error can be, in units of its normal error; default 100. */
  readonly cap?: number | undefined;
  /** One a raw column; kept in the file as the metadata entry `features`, a JSON list. */
  readonly featureNames?: readonly string[] | undefined;
  readonly metadata?: OnnxMetadata | undefined;
}

export const DEFAULT_ERROR_CAP = 100;

/**
 * Bytes of a plain `.onnx` file that any ONNX runtime scores with. In: `features` [rows, width], raw values as 32-bit
 * floats. Out: `reconstruction` [rows, width] in raw units, `errors` [rows, width], about 1 on normal traffic and at most
 * `cap`, and `score` [rows], the mean error of the features that the model sees.
 *
 * Features that were constant in training are reconstructed as their constant with error 0. Of several members, errors
 * and reconstruction are the means. The same arguments give the same bytes.
 */
export function buildScoringModel(
  members: readonly ScoringMember[],
  options: ScoringModelOptions = {},
): Uint8Array {
  const { head = "plain", cap = DEFAULT_ERROR_CAP, featureNames, metadata = {} } = options;
  const width = members[0]?.network.scaler.center.length;
  assert(width !== undefined, "a scoring model needs a network");
  for (const { network } of members) {
    assert(network.scaler.center.length === width, "all networks of a scoring model take the same columns");
  }
  assert(
    !featureNames || featureNames.length === width,
    `${featureNames?.length} names for ${width} columns`,
  );

  const graph = new Graph("score");
  const features = graph.input("features", ["rows", width]);
  const scaledBy = new Map<Network["scaler"], Tensor>();
  const results = members.map(({ network, normal, whitening }) => {
    const { scaler } = network;
    const scaled =
      scaledBy.get(scaler) ?? scaleRows(features, scalerTensors(graph, scaler, allColumns(width)));
    scaledBy.set(scaler, scaled);
    const reconstruction = reconstruct(network.shape, widenedWeights(graph, network), scaled);
    const errors = scoreHeads[head](subtract(reconstruction, scaled), { normal, whitening, cap });
    return { reconstruction: unscaled(reconstruction, network), errors };
  });
  const seen = new Set(members.flatMap(({ network }) => [...network.scaler.kept])).size;
  // Products with a column of shares, because the runtime's sum over a row depends on where in memory the row starts.
  const shares = graph.constant(new Float32Array(width).fill(1 / (seen * members.length)), [width, 1]);
  const scores = results.map(({ errors }) => matMul(errors, shares));
  graph.output(meanOf(results.map((result) => result.reconstruction)), "reconstruction");
  graph.output(meanOf(results.map((result) => result.errors)), "errors");
  graph.output(reshape(scores.reduce(add), ["rows"]), "score");
  return graph.encode({ ...metadata, ...(featureNames ? { features: JSON.stringify(featureNames) } : {}) });
}

function meanOf(tensors: readonly Tensor[]): Tensor {
  return tensors.length === 1 ? tensors[0]! : multiply(tensors.reduce(add), 1 / tensors.length);
}

/**
 * The weights as constants that take and give all raw columns: zero rows and columns for those that were constant in
 * training. Their scaled value is always 0 (their inverse scale is), so nothing has to be gathered or scattered.
 */
function widenedWeights(graph: Graph, { shape, weights, scaler }: Network): readonly Tensor[] {
  const { kept } = scaler;
  const width = scaler.center.length;
  const sizes = layerSizes(shape);
  const tensors: Tensor[] = [];
  let at = 0;
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const inputs = sizes[layer]!;
    const outputs = sizes[layer + 1]!;
    const first = layer === 0;
    const last = layer + 2 === sizes.length;
    const columns = last ? width : outputs;
    const matrix = new Float32Array((first ? width : inputs) * columns);
    const bias = new Float32Array(columns);
    for (let i = 0; i < inputs; i++) {
      const row = first ? kept[i]! : i;
      for (let j = 0; j < outputs; j++) matrix[row * columns + (last ? kept[j]! : j)] = weights[at++]!;
    }
    for (let j = 0; j < outputs; j++) bias[last ? kept[j]! : j] = weights[at++]!;
    tensors.push(graph.constant(matrix, [matrix.length / columns, columns]), graph.constant(bias, [columns]));
  }
  return tensors;
}

function unscaled(x: Tensor, { scaler }: Network): Tensor {
  const { graph } = x;
  const width = scaler.center.length;
  return add(multiply(x, graph.constant(scaler.scale, [width])), graph.constant(scaler.center, [width]));
}

function allColumns(width: number): Uint32Array {
  return Uint32Array.from({ length: width }, (_, column) => column);
}
