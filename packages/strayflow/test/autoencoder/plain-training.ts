import type { Activation, NetworkShape } from "../../src/autoencoder/network.ts";
import { layerSizes } from "../../src/autoencoder/network.ts";

/**
 * Training of a dense network on mean squared error with Adam (AdamW where `decay` is above 0), written out by hand in
 * double precision: the slow reference that the training graph must agree with.
 */
export class PlainTraining {
  readonly weights: Float64Array;
  readonly #shape: NetworkShape;
  readonly #mean: Float64Array;
  readonly #spread: Float64Array;
  #step = 0;

  constructor(shape: NetworkShape, weights: Float32Array) {
    this.#shape = shape;
    this.weights = Float64Array.from(weights);
    this.#mean = new Float64Array(weights.length);
    this.#spread = new Float64Array(weights.length);
  }

  /** Takes one step on scaled rows and returns the loss before it. `masks[layer][row][unit]` multiplies hidden layers. */
  step(
    rows: readonly (readonly number[])[],
    learningRate: number,
    { decay = 0, noise, masks }: { decay?: number; noise?: number[][]; masks?: number[][][] } = {},
  ): number {
    const sizes = layerSizes(this.#shape);
    const layers = sizes.length - 1;
    const gradient = new Float64Array(this.weights.length);
    let loss = 0;
    rows.forEach((row, n) => {
      const inputs: number[][] = [row.map((value, i) => value + (noise?.[n]?.[i] ?? 0))];
      const slopes: number[][] = [];
      let at = 0;
      for (let layer = 0; layer < layers; layer++) {
        const [from, to] = [sizes[layer]!, sizes[layer + 1]!];
        const sums = Array.from({ length: to }, (_, j) => {
          let sum = this.weights[at + from * to + j]!;
          for (let i = 0; i < from; i++) sum += inputs[layer]![i]! * this.weights[at + i * to + j]!;
          return sum;
        });
        at += from * to + to;
        const last = layer === layers - 1;
        const mask = (j: number) => (last ? 1 : (masks?.[layer]?.[n]?.[j] ?? 1));
        const bent = sums.map((sum) => (last ? ([sum, 1] as const) : activate(this.#shape.activation, sum)));
        inputs.push(bent.map(([value], j) => value * mask(j)));
        slopes.push(bent.map(([, slope], j) => slope * mask(j)));
      }

      const scale = 1 / (rows.length * row.length);
      let flowing = row.map((value, j) => inputs[layers]![j]! - value);
      for (const residual of flowing) loss += residual * residual * scale;
      flowing = flowing.map((residual) => 2 * residual * scale);
      for (let layer = layers - 1; layer >= 0; layer--) {
        const [from, to] = [sizes[layer]!, sizes[layer + 1]!];
        at -= from * to + to;
        const sums = flowing.map((value, j) => value * slopes[layer]![j]!);
        for (let j = 0; j < to; j++) {
          gradient[at + from * to + j]! += sums[j]!;
          for (let i = 0; i < from; i++) gradient[at + i * to + j]! += sums[j]! * inputs[layer]![i]!;
        }
        flowing = Array.from({ length: from }, (_, i) =>
          sums.reduce((all, value, j) => all + value * this.weights[at + i * to + j]!, 0),
        );
      }
    });
    this.#adam(gradient, learningRate, decay);
    return loss;
  }

  #adam(gradient: Float64Array, learningRate: number, decay: number): void {
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-7];
    const step = ++this.#step;
    const size = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
    gradient.forEach((value, i) => {
      this.#mean[i] = beta1 * this.#mean[i]! + (1 - beta1) * value;
      this.#spread[i] = beta2 * this.#spread[i]! + (1 - beta2) * value * value;
      this.weights[i]! -= learningRate * decay * this.weights[i]!;
      this.weights[i]! -= (size * this.#mean[i]) / (Math.sqrt(this.#spread[i]) + epsilon);
    });
  }
}

/** Value and slope. */
function activate(activation: Activation, x: number): readonly [number, number] {
  switch (activation) {
    case "relu":
      return x > 0 ? [x, 1] : [0, 0];
    case "leaky-relu":
      return x > 0 ? [x, 1] : [0.01 * x, 0.01];
    case "elu":
      return x > 0 ? [x, 1] : [Math.expm1(x), Math.exp(x)];
    case "tanh":
      return [Math.tanh(x), 1 - Math.tanh(x) ** 2];
    case "sigmoid": {
      const y = 1 / (1 + Math.exp(-x));
      return [y, y * (1 - y)];
    }
    case "linear":
      return [x, 1];
  }
}
