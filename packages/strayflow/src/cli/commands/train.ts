import { join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { defineCommand } from "../command.ts";
import { fitOptions, fitTable } from "../fit-options.ts";
import { auditLines } from "../audit-lines.ts";
import { budgetOption, parseBudget } from "../budget-option.ts";
import { logsArgument, modelOption } from "../shared-options.ts";
import { remarkOnReading } from "../read-remarks.ts";
import { modelCard } from "../model-card.ts";
import { renderReport, timesIn } from "../render-report.ts";
import { parseTimezone, timezoneOption } from "../timezone-option.ts";
import { shellWord } from "../../output/escape.ts";
import { trainingReport } from "../../output/training-report.ts";
import { loadBundle, reportFile } from "../../model/bundle.ts";
import { trainModel } from "../../pipeline/train.ts";
import type { ReadTally } from "../../zeek/index.ts";

export const train = defineCommand({
  description: [
    "Learns what is normal from Zeek logs and writes a model: a directory of plain files. The logs are split by time into a part to learn from, a part for validation, and a part for testing, on which the loss is reported. What is rare is told by rows that were not learned from: those for testing and, as nothing else is decided on it, for validation; with --epochs, --patience or another preset, validation decides when to stop instead.",
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
      doc: "leave out all scans, floods and guessing of passwords that are in the logs",
      details:
        "At most half of the connections. Without it, preset behavior leaves out those that leave no doubt, the other presets none. What was found is said either way.",
    },
    keepSuspicious: {
      kind: "flag",
      doc: "leave nothing out, whatever is in the logs",
    },
    budget: { ...budgetOption, doc: "incidents a day that scoring keeps to where it is told nothing else" },
    noReport: {
      kind: "flag",
      doc: "leave out report.html, the page in the model's directory on how it learned",
    },
    timezone: timezoneOption,
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
    {
      logs,
      model,
      json,
      quiet: _quiet,
      debug: _debug,
      rejects,
      excludeSuspicious,
      keepSuspicious,
      budget,
      noReport,
      timezone,
      ...fit
    },
    context,
  ) {
    if (excludeSuspicious && keepSuspicious) {
      throw new ExpectedError("usage", "--exclude-suspicious and --keep-suspicious: give one of them");
    }
    const { io, stage, onReject, print } = context;
    const times = timesIn(parseTimezone(timezone));
    const onRead = (tally: ReadTally) => remarkOnReading(tally, rejects, context);
    const summary = await trainModel(
      {
        ...fitOptions(fit),
        exclude: excludeSuspicious ? "suspicious" : keepSuspicious ? "nothing" : undefined,
        budgetPerDay: parseBudget(budget),
        inputs: logs,
        modelDir: model,
        stdin: io.stdin,
        onReject,
        onRead,
        report: noReport ? undefined : (facts) => renderReport(trainingReport(facts, times)),
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
    if (!noReport) await print(`How it learned, with charts: ${shellWord(join(model, reportFile))}`);
    await print(`Written to ${shellWord(model)}. Next, rank other traffic of the same network:`);
    await print(`  strayflow score LOGS --model ${shellWord(model)}`);
    return 0;
  },
});
