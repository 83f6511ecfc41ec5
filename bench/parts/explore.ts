import { statSync } from "node:fs";
import { join } from "node:path";
import { runStrayflow } from "../support/child.ts";
import type { Figure } from "../support/figure.ts";
import { simulatedLogs, usualRows } from "../support/logs.ts";
import type { Part } from "../support/part.ts";
import { rates, summarize } from "../support/samples.ts";
import { temporaryDirectory } from "../support/temporary.ts";

/** What `explore --json` prints, as far as it is measured. */
export interface ExploreMeasured {
  readonly shape: { readonly connections: number };
  readonly report?: { readonly page: string; readonly charts: number; readonly bytes: number };
  readonly peak_rss_bytes: number;
}

export const explore: Part = {
  title: "Exploring: a new process, from log to the page with every picture and table beside it",
  async measure({ rows, repeats, cache, remark }) {
    const logs = await simulatedLogs(cache, "hourly", rows);
    using directory = temporaryDirectory();
    const out = join(directory.path, "report");
    const seconds: number[] = [];
    const memory: number[] = [];
    let found: ExploreMeasured | undefined;
    for (let pass = 0; pass < repeats; pass++) {
      remark(`explore: ${pass + 1} of ${repeats}`);
      const run = await runStrayflow<ExploreMeasured>(["explore", ...logs, "--out", out]);
      seconds.push(run.seconds);
      memory.push(run.result.peak_rss_bytes);
      found = run.result;
    }
    // The quality is about that many rows.
    const quality = rows === usualRows ? ({ quality: "explore" } as const) : {};
    const figures: Figure[] = [
      { name: "from log to report", unit: "seconds", value: summarize(seconds), ...quality },
      { name: "rate", unit: "rows a second", value: rates(found?.shape.connections ?? 0, seconds) },
      { name: "peak memory", unit: "bytes", value: summarize(memory) },
      {
        name: "size of the page",
        unit: "bytes",
        value: summarize([statSync(join(out, "report.html")).size]),
      },
      { name: "charts, each as SVG and PNG", unit: "count", value: summarize([found?.report?.charts ?? 0]) },
    ];
    return { figures };
  },
};
