import { defineCommand } from "../command.ts";
import { fitOptions, fitTable } from "../fit-options.ts";
import { auditLines } from "../audit-lines.ts";
import { budgetOption, parseBudget } from "../budget-option.ts";
import { logsArgument, modelOption } from "../shared-options.ts";
import { remarkOnReading } from "../read-remarks.ts";
import { modelCard } from "../model-card.ts";
import { shellWord } from "../../output/escape.ts";
import { loadBundle } from "../../model/bundle.ts";
import { trainModel } from "../../pipeline/train.ts";
import type { ReadTally } from "../../zeek/index.ts";

export const train = defineCommand({
  description: [
    "Learns what is normal from Zeek logs and writes a model: a directory of plain files. The logs are split by time into a part to learn from, a part that decides when to stop, and a part that was never learned from, on which the loss is reported and the threshold is set.",
    "Give ordinary traffic, some days of it if you can. What is in there, the model calls normal.",
  ],
  arguments: { logs: logsArgument },
  options: {
    model: {
      ...modelOption,
      doc: "directory to write the model to",
      details: "A model that is there is replaced, once the new one is whole.",
    },
    ...fitTable,
    excludeSuspicious: {
      kind: "flag",
      doc: "leave out scans, floods and guessing of passwords that are in the logs",
      details: "At most half of the connections. What was found is said either way.",
    },
    budget: { ...budgetOption, doc: "incidents a day that scoring keeps to where it is told nothing else" },
    json: { kind: "flag", doc: "print the result as one JSON object" },
  },
  examples: [
    {
      command: "strayflow train /opt/zeek/logs/2025-02-* --model office.model",
      doc: "learn from the archived logs of a month",
    },
    {
      command: "strayflow train conn.log.gz --model small.model --layers 16,4,16 --epochs 50",
      doc: "a smaller network, for at most 50 epochs",
    },
    {
      command: "zcat conn.*.log.gz | strayflow train - --model office.model --json",
      doc: "from standard input, with the figures as JSON",
    },
  ],

  async run(
    { logs, model, json, quiet: _quiet, debug: _debug, rejects, excludeSuspicious, budget, ...fit },
    context,
  ) {
    const { io, stage, onReject, print } = context;
    const onRead = (tally: ReadTally) => remarkOnReading(tally, rejects, context);
    const summary = await trainModel(
      {
        ...fitOptions(fit),
        exclude: excludeSuspicious ? "suspicious" : undefined,
        budgetPerDay: parseBudget(budget),
        inputs: logs,
        modelDir: model,
        stdin: io.stdin,
        onReject,
        onRead,
      },
      stage,
    );
    for (const line of auditLines(summary.audit)) context.remark(line);
    if (json) {
      await print(JSON.stringify(summary));
      return 0;
    }
    const { manifest } = await loadBundle(model);
    for (const line of modelCard(manifest, io.columns)) await print(line);
    await print("");
    await print(`Written to ${shellWord(model)}. Next, rank other traffic of the same network:`);
    await print(`  strayflow score LOGS --model ${shellWord(model)}`);
    return 0;
  },
});
