import { learnBaseline, openExtractor, type Preset } from "../../packages/strayflow/src/features/index.ts";
import { readConnections, type Batch } from "../../packages/strayflow/src/zeek/index.ts";
import { runsAsProbe } from "../support/probe.ts";

export interface FeaturesProbe {
  readonly inputs: readonly string[];
  readonly preset: Preset;
  readonly repeats: number;
}

export interface FeatureTimes {
  readonly rows: number;
  readonly width: number;
  /** Learning the vocabularies and norms from all rows. */
  readonly learn: readonly number[];
  /** Computing the matrix, batch by batch into the same memory, from no history on. */
  readonly fill: readonly number[];
}

/** Learns the baseline of a preset and computes its matrix, from batches that lie in memory. */
await runsAsProbe(async ({ inputs, preset, repeats }: FeaturesProbe): Promise<FeatureTimes> => {
  const batches: Batch[] = [];
  let rows = 0;
  let most = 0;
  for await (const batch of readConnections(inputs)) {
    batches.push(batch);
    rows += batch.rows;
    most = Math.max(most, batch.rows);
  }
  const learn: number[] = [];
  const fill: number[] = [];
  let width = 0;
  for (let pass = -1; pass < repeats; pass++) {
    const started = performance.now();
    const learner = learnBaseline(preset);
    for (const batch of batches) learner.learn(batch);
    const baseline = learner.finish();
    const learned = performance.now();
    const extractor = openExtractor(preset, baseline);
    const matrix = new Float32Array(most * extractor.width);
    for (const batch of batches) extractor.fill(matrix, batch);
    const filled = performance.now();
    width = extractor.width;
    // The first pass warms up the compiler.
    if (pass < 0) continue;
    learn.push((learned - started) / 1000);
    fill.push((filled - learned) / 1000);
  }
  return { rows, width, learn, fill };
});
