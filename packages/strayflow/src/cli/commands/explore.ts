import { defineCommand } from "../command.ts";
import { exploreLines } from "../explore-lines.ts";
import { usesColour } from "../io.ts";
import { remarkOnReading } from "../read-remarks.ts";
import { logsArgument } from "../shared-options.ts";
import { parseTimezone, timezoneOption } from "../timezone-option.ts";
import { explore as exploreLogs } from "../../explore/explore.ts";
import { exploreDocument } from "../../explore/document/explore-document.ts";
import { shellWord } from "../../output/escape.ts";
import { countOf } from "../../output/figures.ts";
import { writeReport } from "../../report/write-report.ts";

const defaultFolder = "strayflow-report";

export const explore = defineCommand({
  description: [
    "Says what is in some traffic: how much and when, every column and how they go together, the largest of everything, hosts and what they do, what is rare, long, misplaced or new, how well the sensor saw. What stands out comes first, in sentences with their evidence: read them before training.",
    "Writes report.html, which needs no other file and no network, and beside it every chart as SVG and PNG and every table as CSV.",
  ],
  arguments: { logs: logsArgument },
  options: {
    out: {
      kind: "text",
      placeholder: "DIR",
      doc: `directory of the report (default ${defaultFolder})`,
      details: "An earlier report in it is replaced; a directory with other files is refused.",
    },
    host: {
      kind: "text",
      placeholder: "IP",
      doc: "begin the profiles of hosts with this one",
      details: "The busiest hosts, and those that the worst findings name, have theirs in any case.",
    },
    model: {
      kind: "text",
      placeholder: "DIR",
      doc: "score with this model too: incidents among what stands out, flagged connections in the time line",
      env: "STRAYFLOW_MODEL",
    },
    timezone: timezoneOption,
    store: {
      kind: "text",
      placeholder: "FILE",
      doc: "keep the connections in this DuckDB file",
      details: "Without it they stand in a temporary file while the report is made.",
    },
    json: {
      kind: "flag",
      doc: "print every number of the report as one JSON object",
      details: "The report is then written only where --out says.",
    },
  },
  examples: [
    {
      command: "strayflow explore conn.log",
      doc: `what is in a log; ${defaultFolder}/report.html has the pictures`,
    },
    {
      command: "strayflow explore /opt/zeek/logs --out report --timezone Europe/Berlin",
      doc: "a whole archive, in local days",
    },
    { command: "strayflow explore conn.log --host 10.0.0.23", doc: "begin with the profile of one host" },
    { command: "strayflow explore conn.log --model office.model", doc: "with what the model makes of it" },
    { command: "strayflow explore conn.log --json", doc: "the numbers, for a script" },
  ],

  async run(args, context) {
    const { io, stage, onReject } = context;
    const result = await exploreLogs(
      {
        inputs: args.logs,
        modelDir: args.model,
        host: args.host,
        timezone: parseTimezone(args.timezone),
        storeFile: args.store,
        stdin: io.stdin,
        onReject,
      },
      stage,
    );
    const folder = args.out ?? (args.json ? undefined : defaultFolder);
    const written =
      folder === undefined
        ? undefined
        : await writeReport(exploreDocument(result, Date.now() / 1000), folder, {
            signal: stage.signal,
            // What it counts are charts, not rows.
            onProgress: ({ rows, total }) =>
              stage.onProgress?.({
                stage: "draw",
                rows: result.shape.connections,
                note: `${rows} of ${total ?? rows} charts`,
              }),
          });
    const warnings = result.shape.fileWarnings;
    remarkOnReading({ warnings, rejected: result.shape.rejected }, args.rejects, context);
    if (args.json) {
      const peak = { peak_rss_bytes: process.resourceUsage().maxRSS * 1024 };
      await context.print(JSON.stringify({ ...result, ...(written && { report: written }), ...peak }));
      return 0;
    }
    const style = { columns: Math.max(60, io.columns), colour: usesColour(io, "stdout") };
    for (const line of exploreLines(result, style)) await context.print(line);
    if (written !== undefined) {
      await context.print("");
      await context.print(
        `Written to ${shellWord(written.page)}, with ${countOf(written.charts, "chart")} and ${countOf(written.tables, "table")} beside it.`,
      );
    }
    if (args.model === undefined) {
      await context.print("Next, learn from this traffic what is normal:");
      await context.print(`  strayflow train ${args.logs.map(shellWord).join(" ")} --model office.model`);
    }
    return 0;
  },
});
