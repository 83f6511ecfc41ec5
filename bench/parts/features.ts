import { presetNames } from "../../packages/strayflow/src/features/index.ts";
import { runProbe } from "../support/child.ts";
import type { Figure } from "../support/figure.ts";
import { simulatedLogs } from "../support/logs.ts";
import type { Part } from "../support/part.ts";
import { rates } from "../support/samples.ts";
import type { FeaturesProbe, FeatureTimes } from "../probes/features.ts";

const probe = new URL("../probes/features.ts", import.meta.url);

export const features: Part = {
  title: "Features",
  async measure({ rows, repeats, cache, remark }) {
    const inputs = await simulatedLogs(cache, "single", rows);
    const figures: Figure[] = [];
    for (const preset of presetNames) {
      remark(`features: ${preset}`);
      const times = await runProbe<FeatureTimes>(probe, { inputs, preset, repeats } satisfies FeaturesProbe);
      figures.push(
        {
          name: `${preset}: learn the baseline`,
          unit: "rows a second",
          value: rates(times.rows, times.learn),
        },
        {
          name: `${preset}: ${times.width} columns`,
          unit: "rows a second",
          value: rates(times.rows, times.fill),
        },
      );
    }
    return { figures };
  },
};
