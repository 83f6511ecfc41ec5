import { expect, test } from "vitest";
import { defaultTraining } from "../../src/autoencoder/index.ts";
import { presetNames } from "../../src/features/index.ts";
import { usualOptions } from "../../src/pipeline/usual-options.ts";

test.each(presetNames)("what is usual for %s is the network that this project carries on", (preset) => {
  const { layers, activation, learningRate, dropout, noise, plateau } = usualOptions(preset);
  expect(layers).toEqual([32, 16, 32]);
  expect({ activation, learningRate }).toEqual({
    activation: defaultTraining.activation,
    learningRate: defaultTraining.learningRate,
  });
  expect([dropout, noise, plateau]).toEqual([0, 0, 0]);
});

test("single connections are learned in epochs with patience, behaviour in steps by several networks", () => {
  for (const preset of ["seed", "connection"] as const) {
    expect(usualOptions(preset)).toMatchObject({
      epochs: 500,
      patience: 3,
      batch: 512,
      members: 1,
      steps: undefined,
    });
  }
  const { steps, members } = usualOptions("behavior");
  expect(steps).toBeGreaterThan(100);
  expect(members).toBeGreaterThan(1);
});
