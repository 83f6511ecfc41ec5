import { Graph } from "./graph.ts";
import type { Tensor } from "./graph.ts";
import { gradients } from "./gradients.ts";
import { losses } from "./losses.ts";
import type { LossName } from "./losses.ts";
import { parameterCount, reconstruct, unpackWeights } from "./network.ts";
import type { NetworkShape } from "./network.ts";
import type { Shape } from "./onnx-proto.ts";
import { add, divide, multiply, sqrt, square, subtract } from "./operators.ts";
import { scaleRows, scalerTensors } from "./scaler.ts";
import type { Scaler, ScalerTensors } from "./scaler.ts";
import { slice } from "./shape-operators.ts";

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** What is fixed while one network is trained. */
export interface TrainingGraphOptions extends AdamOptions {
  readonly shape: NetworkShape;
  readonly scaler: Scaler;
  readonly loss: LossName;
  /** Whether weights shrink at each step: the graph then takes `decays`. */
  readonly decays: boolean;
  /** Whether `noise` is added to the scaled rows that go in (never to those that are to come out). */
  readonly noisy: boolean;
  /** Whether `masks` are multiplied with the hidden layers, side by side in one matrix. */
  readonly masked: boolean;
}

/**
 * Bytes of an ONNX graph that takes many training steps a call, one for each mini-batch, in a `Scan`.
 *
 * In: `weights`, `mean`, `spread` (flat, what the last call gave; zeros at first), `batches` [steps, rows, inputs] of raw
 * values of the columns that are kept, `sizes` [steps], the step sizes with Adam's bias correction in them, and, where
 * asked for, `decays` [steps], `noise` [steps, rows, inputs], `masks` [steps, rows, all hidden units].
 * Out: `next_weights`, `next_mean`, `next_spread` after the last step, and `losses` [steps], each before its step.
 */
export function buildTrainingGraph(options: TrainingGraphOptions): Uint8Array {
  const { shape } = options;
  const parameters = parameterCount(shape);
  const hidden = shape.hidden.reduce((sum, size) => sum + size, 0);
  const states = ["weights", "mean", "spread"] as const;
  const streams: readonly (readonly [name: string, shape: Shape])[] = [
    ["batches", ["rows", shape.inputs]],
    ["sizes", []],
    ...(options.decays ? ([["decays", []]] as const) : []),
    ...(options.noisy ? ([["noise", ["rows", shape.inputs]]] as const) : []),
    ...(options.masked ? ([["masks", ["rows", hidden]]] as const) : []),
  ];

  const outer = new Graph("train");
  const inputs = [
    ...states.map((name) => outer.input(name, [parameters])),
    ...streams.map(([name, part]) => outer.input(name, ["steps", ...part])),
  ];
  const batches = inputs[states.length]!;
  const scaling = repeatedScaling(batches, options.scaler);
  const [weights, mean, spread, stepLosses] = outer.nodes({
    op: "Scan",
    inputs,
    shapes: [[parameters], [parameters], [parameters], ["steps"]],
    attributes: {
      body: { kind: "graph", value: trainingStep(options, parameters, streams, scaling).toOnnx() },
      num_scan_inputs: { kind: "int", value: streams.length },
    },
  });
  outer.output(weights!, "next_weights");
  outer.output(mean!, "next_mean");
  outer.output(spread!, "next_spread");
  outer.output(stepLosses!, "losses");
  return outer.encode();
}

/**
 * The scaler's figures repeated for every row of a mini-batch, once a call. Elementwise operators take half the time on
 * two operands of one shape than on one that has to be repeated. The loop's body sees these tensors from outside.
 */
function repeatedScaling(batches: Tensor, scaler: Scaler): ScalerTensors {
  const { graph } = batches;
  const shape = batches.shape.slice(1);
  const attributes = { start: { kind: "int", value: 1 } } as const;
  const sizes = graph.node({ op: "Shape", inputs: [batches], shape: [2], type: "int64", attributes });
  const repeat = (row: Tensor) => graph.node({ op: "Expand", inputs: [row, sizes], shape });
  const { center, inverse, clip } = scalerTensors(graph, scaler, scaler.kept);
  return { center: repeat(center), inverse: repeat(inverse), clip };
}

function trainingStep(
  options: TrainingGraphOptions,
  parameters: number,
  streams: readonly (readonly [name: string, shape: Shape])[],
  scaling: ScalerTensors,
): Graph {
  const { shape } = options;
  const graph = new Graph("step");
  const state = (name: string) => graph.input(`${name}_in`, [parameters]);
  const adam = { weights: state("weights"), mean: state("mean"), spread: state("spread") };
  const stream = new Map(streams.map(([name, part]) => [name, graph.input(`${name}_in`, part)]));

  const rows = scaleRows(stream.get("batches")!, scaling);
  const noise = stream.get("noise");
  const masks = stream.get("masks");
  const seen = noise ? add(rows, noise) : rows;
  const unpacked = unpackWeights(shape, adam.weights);
  const reconstruction = reconstruct(shape, unpacked, seen, masks && cutMasks(shape, masks));
  const loss = losses[options.loss](reconstruction, rows);
  const [gradient] = gradients(loss, [adam.weights]);

  const next = adamStep(adam, gradient!, stream.get("sizes")!, stream.get("decays"), options);
  graph.output(next.weights);
  graph.output(next.mean);
  graph.output(next.spread);
  graph.output(loss);
  return graph;
}

function cutMasks(shape: NetworkShape, masks: Tensor): readonly Tensor[] {
  let at = 0;
  return shape.hidden.map((size) => slice(masks, 1, at, (at += size)));
}

interface AdamState {
  readonly weights: Tensor;
  /** Running mean of gradients and of squared gradients. */
  readonly mean: Tensor;
  readonly spread: Tensor;
}

/**
 * One step of Adam (Kingma and Ba, ICLR 2015, in the form before section 2.1, as Keras has it), with decoupled weight
 * decay (Loshchilov and Hutter, ICLR 2019) where `decay` is given. The moments are kept divided by 1 - beta, which saves
 * two passes over them; `stepSize` makes up for it, and holds the bias correction (see `adamStepSize`).
 */
function adamStep(
  state: AdamState,
  gradient: Tensor,
  stepSize: Tensor,
  decay: Tensor | undefined,
  { beta1, beta2, epsilon }: AdamOptions,
): AdamState {
  const mean = add(multiply(state.mean, beta1), gradient);
  const spread = add(multiply(state.spread, beta2), square(gradient));
  const kept = decay ? subtract(state.weights, multiply(state.weights, decay)) : state.weights;
  const move = divide(multiply(mean, stepSize), add(sqrt(spread), epsilon / Math.sqrt(1 - beta2)));
  return { weights: subtract(kept, move), mean, spread };
}

/** What `sizes` must hold for step number `step`, counted from 1, at the given learning rate. */
export function adamStepSize(learningRate: number, step: number, { beta1, beta2 }: AdamOptions): number {
  const corrected = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  return (corrected * (1 - beta1)) / Math.sqrt(1 - beta2);
}
