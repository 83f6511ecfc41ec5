import { defaultTraining } from "../autoencoder/index.ts";
import type { Preset } from "../features/index.ts";
import type { LearnOptions } from "./learn.ts";

const mostEpochs = 500;
const usualPatience = 3;
const usualMemoryBytes = 1_000_000_000;
/**
 * Host behaviour repeats itself, so that passes over all rows until nothing improves learn it by heart: on later traffic
 * a short training with a falling rate detected more at the same rate of alarms (docs/detection.md).
 */
const behaviorSteps = 800;
const behaviorBatch = 128;

/**
 * What `train` does unless told otherwise. With preset `behavior`, scans and floods that the audit is sure of are left out:
 * five in a hundred such rows cost the network two thirds of what it finds.
 */
export function usualOptions(preset: Preset): Omit<LearnOptions, "seed"> {
  const { hidden, activation, batch, learningRate } = defaultTraining;
  return {
    preset,
    layers: hidden,
    activation,
    epochs: mostEpochs,
    batch: preset === "behavior" ? behaviorBatch : batch,
    learningRate,
    patience: usualPatience,
    steps: preset === "behavior" ? behaviorSteps : undefined,
    dropout: 0,
    noise: 0,
    plateau: 0,
    members: usualMembers(preset),
    exclude: preset === "behavior" ? "overwhelming" : undefined,
    memoryBytes: usualMemoryBytes,
  };
}

/** Three networks that must agree hide less when the training rows are poisoned; a single connection needs only one. */
function usualMembers(preset: Preset): number {
  return preset === "behavior" ? 3 : 1;
}
