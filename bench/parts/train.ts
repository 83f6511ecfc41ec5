import { join } from "node:path";
import { presetNames } from "../../packages/strayflow/src/features/index.ts";
import type { TrainSummary } from "../../packages/strayflow/src/pipeline/train.ts";
import { runStrayflow } from "../support/child.ts";
import type { Figure } from "../support/figure.ts";
import { simulatedLogs } from "../support/logs.ts";
import { epochWords, type Part } from "../support/part.ts";
import { summarize } from "../support/samples.ts";
import { temporaryDirectory } from "../support/temporary.ts";

export const train: Part = {
  title: "Training, end to end",
  async measure(settings) {
    const logs = await simulatedLogs(settings.cache, "single", settings.rows);
    using directory = temporaryDirectory();
    const figures: Figure[] = [];
    for (const preset of presetNames) {
      settings.remark(`train: ${preset}`);
      const model = join(directory.path, preset);
      const words = ["train", ...logs, "--model", model, "--preset", preset, ...epochWords(settings)];
      const { seconds, result } = await runStrayflow<TrainSummary>(words);
      const stages = result.seconds;
      const figure = (name: string, unit: Figure["unit"], value: number): Figure => ({
        name: `${preset}: ${name}`,
        unit,
        value: summarize([value]),
      });
      figures.push(
        figure("from log to model", "seconds", seconds),
        figure("read", "seconds", stages.read),
        figure("learn the baseline and compute the features", "seconds", stages.features),
        figure("epochs until it stopped", "epochs", result.epochs),
        figure("fit, with the untrained network and PCA to compare", "seconds", stages.fit),
        figure("calibrate and save", "seconds", stages.calibrate),
        figure("peak memory", "bytes", result.peak_rss_bytes),
      );
    }
    return figures;
  },
};
