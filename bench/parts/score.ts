import { join } from "node:path";
import type { Preset } from "../../packages/strayflow/src/features/index.ts";
import type { ScoreSummary } from "../../packages/strayflow/src/pipeline/score.ts";
import { runStrayflow, zcatSeconds } from "../support/child.ts";
import type { Figure } from "../support/figure.ts";
import { simulatedLogs } from "../support/logs.ts";
import type { Part } from "../support/part.ts";
import type { QualityId } from "../support/qualities.ts";
import { rates, ratios, summarize } from "../support/samples.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/** How long a model was trained makes no difference to how fast it scores. */
const EPOCHS = "5";

const measured: readonly { readonly preset: Preset; readonly quality: QualityId }[] = [
  { preset: "connection", quality: "score-connection" },
  { preset: "behavior", quality: "score-behavior" },
];

export const score: Part = {
  title: "Scoring, end to end: a new process, from log to the flagged connections as NDJSON",
  async measure({ rows, repeats, cache, remark }) {
    const logs = await simulatedLogs(cache, "single", rows);
    using directory = temporaryDirectory();
    const out = join(directory.path, "flagged.ndjson");
    const figures: Figure[] = [];
    for (const { preset, quality } of measured) {
      remark(`score: train ${preset}`);
      const model = join(directory.path, preset);
      await runStrayflow(["train", ...logs, "--model", model, "--preset", preset, "--epochs", EPOCHS]);
      const words = ["score", ...logs, "--model", model, "--format", "ndjson", "--out", out];
      const seconds: number[] = [];
      const zcat: number[] = [];
      const memory: number[] = [];
      let scored = 0;
      for (let pass = 0; pass < repeats; pass++) {
        remark(`score: ${preset}, ${pass + 1} of ${repeats}`);
        zcat.push(await zcatSeconds(logs));
        const run = await runStrayflow<ScoreSummary>(words);
        seconds.push(run.seconds);
        memory.push(run.result.peak_rss_bytes);
        scored = run.result.rows;
      }
      figures.push(
        { name: `${preset}: from log to flagged`, unit: "seconds", value: summarize(seconds) },
        { name: `${preset}: rate`, unit: "rows a second", value: rates(scored, seconds) },
        { name: `${preset}: against zcat`, unit: "times as long", value: ratios(seconds, zcat), quality },
        { name: `${preset}: peak memory`, unit: "bytes", value: summarize(memory) },
      );
    }
    return { figures };
  },
};
