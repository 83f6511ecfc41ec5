import { expect, test } from "vitest";
import { activations, initialWeights, parameterCount } from "../../src/autoencoder/network.ts";
import type { Activation } from "../../src/autoencoder/network.ts";
import type { Scaler } from "../../src/autoencoder/scaler.ts";
import { Session } from "../../src/autoencoder/session.ts";
import { adamStepSize, buildTrainingGraph } from "../../src/autoencoder/training-graph.ts";
import { seededRandom } from "../../src/base/random.ts";
import { PlainTraining } from "./plain-training.ts";
import { normals } from "./structured-data.ts";

const [inputs, rows, steps] = [6, 10, 5];
const scaler: Scaler = {
  center: normals(inputs, "center").map((value) => value * 5),
  scale: normals(inputs, "scale").map((value) => Math.abs(value) + 0.5),
  kept: Uint32Array.from({ length: inputs }, (_, i) => i),
  clip: 1.5,
};
const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

const rate = (step: number) => 0.01 / step;
const flat = (data: Float32Array) => ({ data, dims: [data.length] });

interface Setting {
  readonly activation: Activation;
  readonly decay: number;
  readonly disturbed: boolean;
}

const settings: readonly Setting[] = [
  ...activations.map((activation) => ({ activation, decay: 0, disturbed: false })),
  { activation: "relu", decay: 0.05, disturbed: true },
  { activation: "tanh", decay: 0.05, disturbed: true },
];

test.each(settings)(
  "the training graph takes the steps of the plain reference: %o",
  async ({ activation, decay, disturbed }) => {
    const shape = { inputs, hidden: [5, 3, 4], activation };
    const units = 12;
    const options = {
      shape,
      scaler,
      loss: "mse",
      ...adam,
      decays: decay > 0,
      noisy: disturbed,
      masked: disturbed,
    } as const;
    const session = await Session.open(buildTrainingGraph(options));
    const initial = initialWeights(shape, seededRandom(activation));
    const plain = new PlainTraining(shape, initial);
    const zeros = new Float32Array(parameterCount(shape));
    let state: Record<"weights" | "mean" | "spread", Float32Array> = {
      weights: initial,
      mean: zeros,
      spread: zeros,
    };

    // Two calls, so that what is carried from one to the next is seen as well.
    for (let call = 0; call < 2; call++) {
      const first = call * steps + 1;
      const raw = normals(steps * rows * inputs, `rows ${call}`).map(
        (v, i) => v * scaler.scale[i % inputs]! + scaler.center[i % inputs]!,
      );
      const noise = normals(steps * rows * inputs, `noise ${call}`).map((value) => value * 0.1);
      const masks = normals(steps * rows * units, `masks ${call}`).map((value) => (value < -0.5 ? 0 : 1.4));
      const perStep = (value: (step: number) => number) =>
        Float32Array.from({ length: steps }, (_, i) => value(first + i));
      const got = await session.run({
        weights: flat(state.weights),
        mean: flat(state.mean),
        spread: flat(state.spread),
        batches: { data: raw, dims: [steps, rows, inputs] },
        sizes: flat(perStep((step) => adamStepSize(rate(step), step, adam))),
        ...(decay > 0 ? { decays: flat(perStep((step) => rate(step) * decay)) } : {}),
        ...(disturbed
          ? {
              noise: { data: noise, dims: [steps, rows, inputs] },
              masks: { data: masks, dims: [steps, rows, units] },
            }
          : {}),
      });
      state = {
        weights: got["next_weights"] as Float32Array,
        mean: got["next_mean"] as Float32Array,
        spread: got["next_spread"] as Float32Array,
      };
      for (let step = 0; step < steps; step++) {
        const cut = (data: Float32Array, width: number) =>
          Array.from({ length: rows }, (_, n) => [
            ...data.subarray((step * rows + n) * width, (step * rows + n + 1) * width),
          ]);
        const scaled = cut(raw, inputs).map((row) =>
          row.map((value, i) =>
            Math.min(1.5, Math.max(-1.5, (value - scaler.center[i]!) / scaler.scale[i]!)),
          ),
        );
        const all = cut(masks, units);
        const layers = [
          [0, 5],
          [5, 8],
          [8, 12],
        ].map(([from, to]) => all.map((row) => row.slice(from, to)));
        const loss = plain.step(
          scaled,
          rate(first + step),
          disturbed ? { decay, noise: cut(noise, inputs), masks: layers } : { decay },
        );
        expect(got["losses"]![step]!).toBeCloseTo(loss, 5);
      }
    }
    await session.close();
    state.weights.forEach((value, i) => expect(Math.abs(value - plain.weights[i]!)).toBeLessThan(1e-5));
  },
);
