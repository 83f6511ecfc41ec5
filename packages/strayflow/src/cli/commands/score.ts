import { defineCommand, type CommandContext } from "../command.ts";
import { warningText } from "../error-report.ts";
import { formatOfName } from "../format-of-name.ts";
import { usesColour } from "../io.ts";
import { scoreClosing } from "../score-closing.ts";
import { logsArgument, modelOption } from "../shared-options.ts";
import { budgetOption, parseBudget, pValueOption } from "../budget-option.ts";
import { ScorePage } from "../score-page.ts";
import { parseTimezone, timezoneOption } from "../timezone-option.ts";
import { budgetLines, sensorLines } from "../score-remarks.ts";
import { ExpectedError } from "../../base/errors.ts";
import { escapeText } from "../../output/escape.ts";
import { incidentTableWriter } from "../../output/incident-table.ts";
import { mostReported } from "../../output/score-report.ts";
import { keepHighest } from "../../output/highest.ts";
import { scoreFormats, scoreWriter, type ScoreWriter } from "../../output/score-writer.ts";
import { scoredConnection, type ScoredConnection, type ScoredRows } from "../../output/scored.ts";
import { scoreLogs } from "../../pipeline/score.ts";

const tableRows = 20;

export const score = defineCommand({
  description: [
    "Ranks connections by how little they resemble what the model learned, and says why: the features that carry the score, each with its value and the value that is usual for such a connection. A connection is flagged when normal traffic scores that high at most once in 1/P connections. None flagged is a possible result.",
  ],
  arguments: { logs: logsArgument },
  options: {
    model: modelOption,
    format: {
      kind: "choice",
      choices: scoreFormats,
      doc: "how to write the connections",
      details:
        "By the name of --out where it ends in .ndjson, .csv or .parquet, else `table`, which is for reading: worst first. The others keep the order of the logs and Zeek's own fields, then score, p_value, flagged, reasons.",
    },
    out: {
      kind: "text",
      placeholder: "FILE",
      doc: "file to write to; - is standard output",
      details: "The file appears when it is whole; until then one that is there stays.",
    },
    top: {
      kind: "integer",
      placeholder: "N",
      min: 1,
      max: 1_000_000,
      doc: "only the N highest scores, highest first",
      details: `The table shows ${tableRows} where this is not given.`,
    },
    all: { kind: "flag", doc: "every connection, not only the flagged ones" },
    pValue: pValueOption,
    budget: budgetOption,
    report: {
      kind: "text",
      placeholder: "FILE",
      doc: "write the incidents as a page too: HTML, with charts and the connections around each",
      details: `The ${mostReported} worst. The logs are read a second time for it; what comes from standard input or a pipe is reported without the connections around. The file appears when it is whole.`,
    },
    timezone: timezoneOption,
    strict: {
      kind: "flag",
      doc: "exit with status 66 when the traffic is not what the model was trained on",
      details: "Results are then not written.",
    },
    failOnAlert: { kind: "flag", doc: "exit with status 1 when a connection is flagged" },
    json: {
      kind: "flag",
      doc: "print a summary as one JSON object",
      details: "The connections are then written only where --out says.",
    },
  },
  examples: [
    {
      command: "strayflow score conn.log --model office.model",
      doc: "the 20 worst incidents, explained",
    },
    {
      command: "strayflow score /opt/zeek/logs/2025-02-22 --model office.model --out flagged.ndjson",
      doc: "everything flagged on a day, as JSON lines for a SIEM or jq",
    },
    {
      command: "strayflow score conn.log --model office.model --all --out scored.parquet",
      doc: "every connection with its score, for DuckDB or pandas",
    },
    {
      command: "strayflow score /opt/zeek/logs/2025-02-22 --model office.model --budget 20/day",
      doc: "no more than some 20 incidents on an ordinary day",
    },
    {
      command: "strayflow score conn.log --model office.model --fail-on-alert --json",
      doc: "for a script: a summary, and status 1 when something is flagged",
    },
  ],

  async run(args, context) {
    const { io, stage, onReject } = context;
    const format = args.format ?? formatOfName(args.out, scoreFormats) ?? "table";
    const path = args.out ?? (args.json ? undefined : "-");
    if (args.json && path === "-") {
      throw new ExpectedError("usage", "--json prints its object on standard output; give --out a file");
    }
    if (format === "parquet" && path === "-" && io.stdout.isTTY) {
      throw new ExpectedError("usage", "Parquet is not for a terminal; give --out FILE");
    }
    if (args.report === "-" || (args.report !== undefined && args.report === args.out)) {
      throw new ExpectedError("usage", "--report expects a file of its own for its page");
    }
    const zone = parseTimezone(args.timezone);
    const budgetPerDay = parseBudget(args.budget);
    if (budgetPerDay !== undefined && args.pValue !== undefined) {
      throw new ExpectedError("usage", "--budget and --p-value both say what to flag; give one of them");
    }
    // A person reads incidents; who asks for every connection gets connections.
    const isIncidents = format === "table" && !args.all;
    const top = args.top ?? (format === "table" ? tableRows : undefined);
    const shownIncidents = isIncidents ? top : undefined;

    await using output = path === undefined ? undefined : await context.openOutput(path);
    await using pageFile = args.report === undefined ? undefined : await context.openOutput(args.report);
    const page = pageFile && new ScorePage(pageFile, zone);
    const isScreen = path === "-";
    const style = {
      columns: isScreen ? Math.max(60, io.columns) : 100,
      colour: isScreen && usesColour(io, "stdout"),
    };
    const writer = output && !isIncidents ? scoreWriter(format, output, style) : undefined;
    const table = output && isIncidents ? incidentTableWriter(output, style) : undefined;
    const run = scoreLogs(
      {
        inputs: args.logs,
        modelDir: args.model,
        pValue: args.pValue,
        budgetPerDay,
        explain: args.all ? "all" : "flagged",
        incidents: page === undefined ? shownIncidents : Math.max(mostReported, shownIncidents ?? 0),
        stdin: io.stdin,
        onReject,
      },
      stage,
    );
    const shown = await writeConnections(run, { writer, page }, { all: args.all, top, signal: stage.signal });
    const found = run.incidents();
    const incidents = { count: found.count, worst: found.worst.slice(0, shownIncidents) };
    for (const { incident, ...notes } of incidents.worst) await table?.add(incident, notes);
    const summary = run.summary();
    if (args.strict && summary.fit?.verdict === "foreign")
      throw new ExpectedError("model-mismatch", summary.fit.sentence);
    const closing = [
      ...scoreClosing(summary, {
        ...args,
        pValue: summary.p_value,
        shown,
        incidents: isIncidents ? incidents : undefined,
      }),
      ...sensorLines(summary.sensor),
      ...budgetLines(summary.budget),
    ];
    await (writer ?? table)?.finish(closing);
    await page?.write(run, { inputs: args.logs, model: args.model }, stage);
    await output?.commit();
    await pageFile?.commit();

    const fit = run.fit();
    for (const warning of run.warnings()) context.remark(warningText(warning));
    if (fit !== undefined && fit.verdict !== "fits") context.remark(escapeText(fit.sentence));
    if (args.json) await context.print(JSON.stringify(summary));
    else if (!(isScreen && format === "table")) for (const line of closing) context.remark(line);
    return args.failOnAlert && summary.flagged > 0 ? 1 : 0;
  },
});

interface Selection {
  readonly all: boolean;
  /** Only so many, highest first; absent: all that qualify, in the order of the logs. */
  readonly top: number | undefined;
  readonly signal: CommandContext["stage"]["signal"];
}

/** Scores everything, writes what was asked for, and returns how many connections that are. */
async function writeConnections(
  run: AsyncIterable<ScoredRows>,
  { writer, page }: { readonly writer: ScoreWriter | undefined; readonly page: ScorePage | undefined },
  { all, top, signal }: Selection,
): Promise<number> {
  const highest = top === undefined ? undefined : keepHighest<ScoredConnection>(top);
  let shown = 0;
  for await (const rows of run) {
    signal?.throwIfAborted();
    page?.add(rows);
    if (writer === undefined) continue;
    for (let row = 0; row < rows.batch.rows; row++) {
      if (!all && rows.flagged[row] !== 1) continue;
      if (highest === undefined) {
        shown++;
        const written = writer.add(scoredConnection(rows, row));
        if (written !== undefined) await written;
      } else if (highest.accepts(rows.score[row]!)) {
        highest.add(rows.score[row]!, scoredConnection(rows, row));
      }
    }
  }
  for (const connection of highest?.ranked() ?? []) {
    shown++;
    await writer?.add(connection);
  }
  return shown;
}
