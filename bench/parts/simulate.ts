import { join } from "node:path";
import type { SimulationSummary } from "../../packages/strayflow/src/simulate/index.ts";
import { runStrayflow } from "../support/child.ts";
import type { Part } from "../support/part.ts";
import { rates } from "../support/samples.ts";
import { temporaryDirectory } from "../support/temporary.ts";

export const simulate: Part = {
  title: "Simulating",
  async measure({ rows, repeats, remark }) {
    using directory = temporaryDirectory();
    const out = join(directory.path, "logs");
    const seconds: number[] = [];
    for (let pass = 0; pass < repeats; pass++) {
      remark(`simulate: ${pass + 1} of ${repeats}`);
      const words = ["simulate", "--out", out, "--rows", String(rows), "--files", "single", "--overwrite"];
      seconds.push((await runStrayflow<SimulationSummary>(words)).seconds);
    }
    return {
      figures: [{ name: "write one .gz TSV", unit: "rows a second", value: rates(rows, seconds) }],
    };
  },
};
