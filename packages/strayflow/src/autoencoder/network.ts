import { assert, unreachable } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { Tensor } from "./graph.ts";
import type { Scaler } from "./scaler.ts";
import { elu, leakyRelu, linear, multiply, relu, sigmoid, tanh } from "./operators.ts";
import { reshape, split } from "./shape-operators.ts";

export const activations = ["relu", "leaky-relu", "elu", "tanh", "sigmoid", "linear"] as const;
export type Activation = (typeof activations)[number];

/** A dense autoencoder: `inputs`, the hidden layers, and as many linear outputs as inputs. */
export interface NetworkShape {
  readonly inputs: number;
  /** Sizes of the hidden layers; the smallest is the code. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
}

/** A network ready to use: what it is, its weights, and what its inputs are made of. */
export interface Network {
  readonly shape: NetworkShape;
  readonly weights: Weights;
  readonly scaler: Scaler;
}

/** Weights as one flat vector: for each layer its matrix (input-major) and then its biases. */
export type Weights = Float32Array;

/** Sizes of all layers, input and output included. */
export function layerSizes(shape: NetworkShape): readonly number[] {
  return [shape.inputs, ...shape.hidden, shape.inputs];
}

export function codeSize(shape: NetworkShape): number {
  return Math.min(...shape.hidden);
}

/** Lengths of the pieces of the weight vector: matrix, biases, matrix, biases... */
function weightPieces(shape: NetworkShape): readonly number[] {
  const sizes = layerSizes(shape);
  return sizes.slice(1).flatMap((outputs, i) => [sizes[i]! * outputs, outputs]);
}

export function parameterCount(shape: NetworkShape): number {
  return weightPieces(shape).reduce((sum, size) => sum + size, 0);
}

/** Glorot and Bengio's uniform start (AISTATS 2010), biases zero, as Keras does it. */
export function initialWeights(shape: NetworkShape, random: Random): Weights {
  const weights = new Float32Array(parameterCount(shape));
  const sizes = layerSizes(shape);
  let at = 0;
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    const inputs = sizes[layer]!;
    const outputs = sizes[layer + 1]!;
    const limit = Math.sqrt(6 / (inputs + outputs));
    for (let i = 0; i < inputs * outputs; i++) weights[at++] = (random.uniform() * 2 - 1) * limit;
    at += outputs;
  }
  return weights;
}

/** The weight vector inside a graph, as one matrix and one row of biases a layer. */
export function unpackWeights(shape: NetworkShape, weights: Tensor): readonly Tensor[] {
  const sizes = layerSizes(shape);
  return split(weights, weightPieces(shape)).map((piece, i) =>
    i % 2 === 0 ? reshape(piece, [sizes[i / 2]!, sizes[i / 2 + 1]!]) : piece,
  );
}

/**
 * The network's reconstruction of scaled rows. `weights` as `unpackWeights` gives them; `masks`, where given, multiply
 * the hidden layers (dropout), one tensor a layer.
 */
export function reconstruct(
  shape: NetworkShape,
  weights: readonly Tensor[],
  x: Tensor,
  masks?: readonly Tensor[],
): Tensor {
  const layers = shape.hidden.length + 1;
  assert(weights.length === 2 * layers, `${weights.length} weight tensors for ${layers} layers`);
  let y = x;
  for (let layer = 0; layer < layers; layer++) {
    y = linear(y, weights[2 * layer]!, weights[2 * layer + 1]!);
    if (layer === layers - 1) break;
    y = activate(shape.activation, y);
    if (masks) y = multiply(y, masks[layer]!);
  }
  return y;
}

function activate(activation: Activation, x: Tensor): Tensor {
  switch (activation) {
    case "relu":
      return relu(x);
    case "leaky-relu":
      return leakyRelu(x);
    case "elu":
      return elu(x);
    case "tanh":
      return tanh(x);
    case "sigmoid":
      return sigmoid(x);
    case "linear":
      return x;
    default:
      return unreachable(activation);
  }
}
