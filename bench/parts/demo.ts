import { runProgram, strayflowProgram } from "../support/child.ts";
import type { Part } from "../support/part.ts";
import { summarize } from "../support/samples.ts";

export const demo: Part = {
  title: "First finding",
  async measure({ repeats, remark }) {
    const seconds: number[] = [];
    for (let pass = 0; pass < repeats; pass++) {
      remark(`demo: ${pass + 1} of ${repeats}`);
      seconds.push((await runProgram(process.execPath, [strayflowProgram, "demo", "--quiet"])).seconds);
    }
    return {
      figures: [
        {
          name: "demo, from start to its end",
          unit: "seconds",
          value: summarize(seconds),
          quality: "first-finding",
        },
      ],
    };
  },
};
