import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import {
  readScenario,
  reportTables,
  runLogs,
  runScenario,
  scenarioLines,
  verdictLines,
  type ScenarioReport,
} from "../../evaluate/index.ts";
import { wrapText } from "../../output/display-width.ts";
import { escapeText } from "../../output/escape.ts";
import { textTable } from "../../output/text-table.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { warningText } from "../error-report.ts";
import { sensorLines } from "../score-remarks.ts";
import { logsArgument } from "../shared-options.ts";

export const evaluate = defineCommand({
  description: [
    "Says how well attacks are found, on logs of which it is known what they are. Either of a scenario, a file that names normal and attack logs: then everything is learned from the first part of the normal rows and tested on the rest with the attacks, beside well-known plain detectors that see the same features. Or of a model and labelled logs.",
    "Found is the share of the attack's connections that are flagged; flagged is the share of normal ones, which was to be the rate that stands in the column's head. A detector that flags more than it was asked for finds more, and deserves no praise for it.",
  ],
  arguments: { logs: { ...logsArgument, optional: true } },
  options: {
    scenario: {
      kind: "words",
      placeholder: "FILE",
      doc: "scenario to run; several with commas between, or a directory of them",
      details:
        "JSON; the guide on detection lists its keys. Paths in it start at the file's own folder. What it selects is held in memory: at most 4 million connections of each kind, at some 700 bytes each. Cannot be mixed with LOGS.",
    },
    model: {
      kind: "text",
      placeholder: "DIR",
      doc: "directory of the model to test on LOGS",
      env: "STRAYFLOW_MODEL",
    },
    truth: {
      kind: "text",
      placeholder: "FILE",
      doc: "what LOGS are: lines of uid,label",
      details:
        "CSV. Where its first line names columns, `uid` and `label` or `attack` are read, as in the truth.csv of simulate. Connections that it does not name are normal, as are benign, normal, background, none and -. Without it, the logs' own columns label and detailedlabel are the truth.",
    },
    rates: {
      kind: "numbers",
      placeholder: "RATES",
      above: 0,
      below: 1,
      default: "0.01,0.001",
      doc: "shares of normal traffic that may be flagged, for LOGS",
      details: "A scenario states its own.",
    },
    json: {
      kind: "flag",
      doc: "print the figures as one JSON object",
      details: "Of several scenarios, one object `{scenarios: [...]}`.",
    },
  },
  examples: [
    { command: "strayflow evaluate --scenario scenarios", doc: "run every scenario of a directory" },
    {
      command: "strayflow evaluate --scenario scan.json --json",
      doc: "one scenario, for a script",
    },
    {
      command: "strayflow evaluate conn.log --model office.model --truth incidents.csv",
      doc: "how a model did on traffic in which you know the attacks",
    },
    {
      command: "strayflow evaluate sim/2025-03-05 --model sim.model --truth sim/truth.csv",
      doc: "on a day that simulate wrote, with the attacks that it planted",
    },
  ],

  async run(args, context) {
    const reports =
      args.scenario === undefined
        ? [await ofLogs(args, context)]
        : await ofScenarios(args.scenario, args, context);
    if (args.json) {
      await context.print(JSON.stringify(reports.length === 1 ? reports[0] : { scenarios: reports }));
    }
    return 0;
  },
});

interface Asked {
  readonly logs: readonly string[];
  readonly model: string | undefined;
  readonly truth: string | undefined;
  readonly rates: readonly number[];
  readonly json: boolean;
}

async function ofScenarios(
  given: readonly string[],
  { logs, truth, json }: Asked,
  context: CommandContext,
): Promise<ScenarioReport[]> {
  if (logs.length > 0 || truth !== undefined) {
    throw new ExpectedError(
      "usage",
      "--scenario names its own logs and their labels; leave LOGS and --truth out",
    );
  }
  const files = await scenarioFiles(given);
  // All of them before the first runs: an error in the last file should not cost an hour.
  const scenarios = await Promise.all(files.map(readScenario));
  const say = json ? sayNothing : context.print;
  const reports: ScenarioReport[] = [];
  for (const scenario of scenarios) {
    if (reports.length > 0) await say("");
    let lines: readonly string[] = [];
    const report = await runScenario(scenario, context.stage, {
      onAssembled: (assembled) => (lines = scenarioLines(assembled)),
    });
    reports.push(report);
    for (const line of lines)
      for (const part of wrapText(escapeText(line), context.io.columns))
        await (json ? context.remark(part) : say(part));
    await printReport(report, scenario.rates, context.io.columns, say);
  }
  return reports;
}

async function ofLogs(
  { logs, model, truth, rates, json }: Asked,
  context: CommandContext,
): Promise<ScenarioReport> {
  if (logs.length === 0)
    throw new ExpectedError("usage", "expected --scenario FILE, or LOGS with --model DIR; found neither");
  if (model === undefined)
    throw new ExpectedError("usage", "--model DIR is needed: the model to test on LOGS");
  if (new Set(rates).size < rates.length)
    throw new ExpectedError("usage", "--rates: expected each rate once");
  const { io, stage, onReject } = context;
  const { report, notes, warnings } = await runLogs(
    { inputs: logs, modelDir: model, truth, rates, stdin: io.stdin, onReject },
    stage,
  );
  for (const warning of warnings) context.remark(warningText(warning));
  for (const note of notes) context.remark(escapeText(note));
  await printReport(report, rates, io.columns, json ? sayNothing : context.print);
  return report;
}

async function printReport(
  { product, detectors, fit, sensor }: ScenarioReport,
  rates: readonly number[],
  columns: number,
  say: CommandContext["print"],
): Promise<void> {
  for (const { title, columns: heads, rows } of reportTables({ product, ...detectors }, rates)) {
    await say("");
    await say(title);
    const cells = rows.map((row) => row.map((cell) => escapeText(cell)));
    for (const line of textTable(heads, cells)) await say(`  ${line}`);
  }
  await say("");
  const lines = [
    ...verdictLines({ product, detectors }, rates).map(escapeText),
    ...(fit === undefined ? [] : [escapeText(fit.sentence)]),
    ...sensorLines(sensor),
  ];
  for (const line of lines) for (const part of wrapText(line, columns)) await say(part);
}

const sayNothing = () => Promise.resolve();

/** The files themselves, and all .json files of directories, by name. */
async function scenarioFiles(given: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of given) {
    const isDirectory = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isDirectory) {
      files.push(path);
      continue;
    }
    const names = (await readdir(path)).filter((name) => name.endsWith(".json")).sort();
    if (names.length === 0) {
      throw new ExpectedError("input-missing", "expected scenario files (.json), found none", { file: path });
    }
    files.push(...names.map((name) => join(path, name)));
  }
  return files;
}
