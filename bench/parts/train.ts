import { join } from "node:path";
import { presetNames } from "../../packages/strayflow/src/features/index.ts";
import type { TrainSummary } from "../../packages/strayflow/src/pipeline/train.ts";
import { runStrayflow } from "../support/child.ts";
import { formatFigure, type Figure } from "../support/figure.ts";
import { simulatedLogs } from "../support/logs.ts";
import { epochWords, type Part } from "../support/part.ts";
import type { Unit } from "../support/qualities.ts";
import { summarize } from "../support/samples.ts";
import type { Table } from "../support/table.ts";
import { temporaryDirectory } from "../support/temporary.ts";

interface Stage {
  readonly name: string;
  readonly unit: Unit;
  readonly of: (run: { readonly seconds: number; readonly result: TrainSummary }) => number;
}

const stages: readonly Stage[] = [
  { name: "from log to model", unit: "seconds", of: ({ seconds }) => seconds },
  { name: "– read", unit: "seconds", of: ({ result }) => result.seconds.read },
  {
    name: "– learn the baseline, compute the features",
    unit: "seconds",
    of: ({ result }) => result.seconds.features,
  },
  {
    name: "– fit; untrained network and PCA to compare",
    unit: "seconds",
    of: ({ result }) => result.seconds.fit,
  },
  { name: "– calibrate and save", unit: "seconds", of: ({ result }) => result.seconds.calibrate },
  { name: "columns", unit: "count", of: ({ result }) => result.features },
  { name: "epochs until it stopped", unit: "count", of: ({ result }) => result.epochs },
  { name: "peak memory", unit: "bytes", of: ({ result }) => result.peak_rss_bytes },
];

export const train: Part = {
  title: "Training, end to end",
  async measure(settings) {
    const logs = await simulatedLogs(settings.cache, "single", settings.rows);
    using directory = temporaryDirectory();
    const columns: Figure[][] = [];
    for (const preset of presetNames) {
      settings.remark(`train: ${preset}`);
      const model = join(directory.path, preset);
      const words = ["train", ...logs, "--model", model, "--preset", preset, ...epochWords(settings)];
      const run = await runStrayflow<TrainSummary>(words);
      columns.push(
        stages.map(({ name, unit, of }) => ({
          name: `${preset}: ${name}`,
          unit,
          value: summarize([of(run)]),
        })),
      );
    }
    return { figures: columns.flat(), table: stageTable(columns) };
  },
};

/** A line a stage, a column a preset. */
function stageTable(columns: readonly (readonly Figure[])[]): Table {
  return {
    columns: [{ head: "measured once" }, ...presetNames.map((head) => ({ head, align: "right" as const }))],
    rows: stages.map(({ name, unit }, i) => [
      name,
      ...columns.map((figures) => formatFigure(figures[i]!.value.median, unit)),
    ]),
  };
}
