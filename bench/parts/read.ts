import { runProbe } from "../support/child.ts";
import { simulatedLogs } from "../support/logs.ts";
import type { Part } from "../support/part.ts";
import { rates, ratios, summarize } from "../support/samples.ts";
import type { ReadProbe, ReadTimes } from "../probes/read.ts";

const probe = new URL("../probes/read.ts", import.meta.url);

export const read: Part = {
  title: "Reading",
  async measure({ rows, repeats, cache, remark }) {
    const measure = async (name: string, options: Omit<ReadProbe, "repeats">) => {
      remark(`read: ${name}`);
      return runProbe<ReadTimes>(probe, { ...options, repeats } satisfies ReadProbe);
    };
    const single = await simulatedLogs(cache, "single", rows);
    const hourly = await simulatedLogs(cache, "hourly", rows);
    const json = await simulatedLogs(cache, "json", rows);
    const one = await measure("one .gz", { inputs: single, zcat: true });
    const alone = await measure("one .gz on one thread", { inputs: single, workers: 0, zcat: true });
    const several = await measure("a .gz an hour", { inputs: hourly, zcat: true });
    const lines = await measure("JSON", { inputs: json, zcat: false });
    const files = `${hourly.length} hourly .gz TSV`;
    return {
      figures: [
        { name: "zcat of one .gz", unit: "seconds", value: summarize(one.zcat) },
        { name: "read one .gz TSV", unit: "rows a second", value: rates(one.rows, one.seconds) },
        {
          name: "against zcat",
          unit: "times as long",
          value: ratios(one.seconds, one.zcat),
          quality: "read-gzip",
        },
        {
          name: "read one .gz TSV on one thread",
          unit: "rows a second",
          value: rates(alone.rows, alone.seconds),
        },
        { name: "against zcat", unit: "times as long", value: ratios(alone.seconds, alone.zcat) },
        { name: `read ${files}`, unit: "rows a second", value: rates(several.rows, several.seconds) },
        {
          name: "against zcat of the same",
          unit: "times as long",
          value: ratios(several.seconds, several.zcat),
        },
        {
          name: "read JSON, not compressed",
          unit: "rows a second",
          value: rates(lines.rows, lines.seconds),
          quality: "read-json",
        },
      ],
    };
  },
};
