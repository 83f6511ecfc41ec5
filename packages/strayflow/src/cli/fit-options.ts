import { activations } from "../autoencoder/network.ts";
import { presetNames } from "../features/index.ts";
import type { OptionTable, ParsedOptions } from "./options.ts";

/** How a model is trained; the defaults are those of the project that this one carries on. */
export const fitTable = {
  preset: {
    kind: "choice",
    choices: presetNames,
    default: "behavior",
    doc: "list of features",
    details:
      "`seed`: 55 columns of the project that this one carries on. `connection`: what one connection says. `behavior`: that, and what its hosts did before.",
  },
  epochs: {
    kind: "integer",
    placeholder: "N",
    min: 1,
    max: 100_000,
    doc: "most passes over the data",
    details:
      "By default 500; for `behavior` a fixed 20 passes with a falling rate instead, 800 steps at least and 10,000 at most.",
  },
  batch: {
    kind: "integer",
    placeholder: "ROWS",
    min: 1,
    max: 1_000_000,
    doc: "rows to a step",
    details: "By default 512; for `behavior` 128.",
  },
  learningRate: {
    kind: "number",
    placeholder: "RATE",
    above: 0,
    max: 1,
    default: "0.001",
    doc: "Adam's step size",
  },
  patience: {
    kind: "integer",
    placeholder: "N",
    min: 1,
    max: 100_000,
    doc: "epochs without improvement before it stops",
    details: "By default 3. The best weights are kept.",
  },
  layers: {
    kind: "integers",
    placeholder: "SIZES",
    min: 1,
    max: 65_536,
    default: "32,16,32",
    doc: "sizes of the layers between input and output",
  },
  activation: {
    kind: "choice",
    choices: activations,
    default: "relu",
    doc: "between the layers",
  },
  plateau: {
    kind: "integer",
    placeholder: "N",
    min: 0,
    max: 100_000,
    default: "0",
    doc: "halve the rate after so many epochs without improvement; 0 never",
    details: "Fewer than --patience, or it comes too late.",
  },
  dropout: {
    kind: "number",
    placeholder: "SHARE",
    min: 0,
    below: 1,
    default: "0",
    doc: "share of hidden units that each step leaves out",
  },
  noise: {
    kind: "number",
    placeholder: "SIGMA",
    min: 0,
    max: 100,
    default: "0",
    doc: "noise added to the scaled input of each step",
  },
  seed: {
    kind: "integer",
    placeholder: "N",
    min: 0,
    max: 4_294_967_295,
    default: "1",
    doc: "start of every random choice",
    details: "The same logs, options and seed give the same model, byte for byte.",
  },
  split: {
    kind: "choice",
    choices: ["time", "random"],
    default: "time",
    doc: "how rows are dealt to the three parts",
    details:
      "By time, the parts follow one another, as training and use do. A random split flatters the result.",
  },
  shares: {
    kind: "numbers",
    placeholder: "TRAIN,VALIDATION,TEST",
    above: 0,
    below: 1,
    default: "0.675,0.125,0.2",
    length: 3,
    sum: 1,
    doc: "shares of the three parts",
  },
  memory: {
    kind: "size",
    placeholder: "SIZE",
    min: 16_000_000,
    default: "1GB",
    doc: "memory for the feature matrix",
    details: "What is larger goes to a temporary file.",
    env: "STRAYFLOW_MEMORY",
  },
} as const satisfies OptionTable;

/** The same as the training takes it. */
export function fitOptions({
  shares: [train = 0, validation = 0, test = 0],
  memory,
  ...fit
}: ParsedOptions<typeof fitTable>) {
  return { ...fit, shares: { train, validation, test }, memoryBytes: memory };
}
