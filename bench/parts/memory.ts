import { join } from "node:path";
import { countOf } from "../../packages/strayflow/src/output/figures.ts";
import type { ExploreMeasured } from "./explore.ts";
import type { ScoreSummary } from "../../packages/strayflow/src/pipeline/score.ts";
import type { TrainSummary } from "../../packages/strayflow/src/pipeline/train.ts";
import { runStrayflow } from "../support/child.ts";
import type { Figure } from "../support/figure.ts";
import { simulatedLogs } from "../support/logs.ts";
import { epochWords, type Settings } from "../support/part.ts";
import type { QualityId } from "../support/qualities.ts";
import { rates, summarize } from "../support/samples.ts";
import type { Measured } from "../support/script.ts";
import { temporaryDirectory } from "../support/temporary.ts";

export interface MemorySettings extends Settings {
  /** As `train --memory` takes it; its default where absent. */
  readonly memory: string | undefined;
  readonly presets: readonly string[];
}

/** The preset that the qualities are about: the one that needs most. */
const DECIDING = "behavior";

/** Trains on many rows and scores them, each in a process of its own, and asks each for its peak. */
export async function measureMemory(settings: MemorySettings): Promise<Measured> {
  const { rows, cache, presets, memory, remark } = settings;
  remark("simulate");
  const logs = await simulatedLogs(cache, "hourly", rows);
  const figures: Figure[] = [];
  {
    using directory = temporaryDirectory();
    remark("explore");
    const out = join(directory.path, "report");
    const { seconds, result } = await runStrayflow<ExploreMeasured>(["explore", ...logs, "--out", out]);
    figures.push(
      {
        name: "explore: peak memory",
        unit: "bytes",
        value: summarize([result.peak_rss_bytes]),
        quality: "memory-explore",
      },
      { name: "explore: to the finished report", unit: "seconds", value: summarize([seconds]) },
    );
  }
  for (const preset of presets) {
    using directory = temporaryDirectory();
    const model = join(directory.path, "model");
    const limit = memory === undefined ? [] : ["--memory", memory];
    const decides = (quality: QualityId) => (preset === DECIDING ? { quality } : {});
    remark(`train ${preset}`);
    const fit = ["--preset", preset, ...epochWords(settings), ...limit];
    const trained = await runStrayflow<TrainSummary>(["train", ...logs, "--model", model, ...fit]);
    remark(`score ${preset}`);
    const out = join(directory.path, "flagged.ndjson");
    const words = ["score", ...logs, "--model", model, "--format", "ndjson", "--out", out];
    const scored = await runStrayflow<ScoreSummary>(words);
    figures.push(
      {
        name: `${preset}: peak memory of training`,
        unit: "bytes",
        value: summarize([trained.result.peak_rss_bytes]),
        ...decides("memory-train"),
      },
      {
        name: `${preset}: training, ${countOf(trained.result.epochs, "epoch")}`,
        unit: "seconds",
        value: summarize([trained.seconds]),
      },
      {
        name: `${preset}: peak memory of scoring`,
        unit: "bytes",
        value: summarize([scored.result.peak_rss_bytes]),
        ...decides("memory-score"),
      },
      {
        name: `${preset}: scoring`,
        unit: "rows a second",
        value: rates(scored.result.rows, [scored.seconds]),
      },
    );
  }
  const given = memory === undefined ? "train's default" : memory;
  return {
    id: "memory",
    title: "Memory",
    figures,
    notes: [`${countOf(logs.length, "file")} of one day; --memory is ${given}.`],
  };
}
