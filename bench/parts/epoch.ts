import { runProbe } from "../support/child.ts";
import type { Part } from "../support/part.ts";
import type { ProbeMemory } from "../support/probe.ts";
import { rates, summarize } from "../support/samples.ts";
import { structuredMatrix } from "../support/structured-matrix.ts";
import type { NetworkProbe, NetworkTimes } from "../probes/network.ts";

const probe = new URL("../probes/network.ts", import.meta.url);

export const epoch: Part = {
  title: "The network: 55-32-16-32-55, batch 512, one thread",
  async measure({ rows, repeats, cache, remark }) {
    const matrix = structuredMatrix(cache, rows);
    const measure = (options: Pick<NetworkProbe, "memoryBytes" | "score">) =>
      runProbe<NetworkTimes & ProbeMemory>(probe, { ...options, matrix, repeats } satisfies NetworkProbe);
    remark("epoch: matrix in memory");
    const inMemory = await measure({ memoryBytes: 4e9, score: true });
    remark("epoch: matrix in a file");
    const inFile = await measure({ memoryBytes: 16e6, score: false });
    return {
      figures: [
        { name: "one epoch", unit: "seconds", value: summarize(inMemory.epoch) },
        { name: "one epoch", unit: "rows a second", value: rates(rows, inMemory.epoch) },
        { name: "one epoch, matrix in a file", unit: "rows a second", value: rates(rows, inFile.epoch) },
        { name: "peak memory, matrix in a file", unit: "bytes", value: summarize([inFile.peakRssBytes]) },
        { name: "score the matrix", unit: "rows a second", value: rates(rows, inMemory.score) },
        {
          name: "score it, with errors and reconstruction",
          unit: "rows a second",
          value: rates(rows, inMemory.explain),
        },
      ],
    };
  },
};
