import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { formatCount, formatOneIn, formatShare } from "../../base/units.ts";
import { selfTest } from "../../evaluate/index.ts";
import { connectWatch, type RemoteStore } from "../../live/control/index.ts";
import { leftOutChoices, suspectIncidents, type LeftOutChoice } from "../../live/retrain/left-out-hosts.ts";
import { retrain as retrainModel, type Retrained } from "../../live/retrain/retrain.ts";
import type { ModelTrial } from "../../live/retrain/try-model.ts";
import { putBack, versionsFolder } from "../../model/versions.ts";
import { escapeText, shellWord } from "../../output/escape.ts";
import { utcTime } from "../../output/figures.ts";
import { textTable } from "../../output/text-table.ts";
import { trainingReport } from "../../output/training-report.ts";
import { strengthLevels } from "../../simulate/index.ts";
import { openWatchStore, readExported, type StoredIncident, type WatchStore } from "../../store/index.ts";
import { emptyTally } from "../../zeek/scan-tally.ts";
import { addSeenColumns } from "../../zeek/columns.ts";
import { readConnections, type Batch, type ReadTally } from "../../zeek/index.ts";
import { budgetOption, parseBudget } from "../budget-option.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { renderReport, timesIn } from "../render-report.ts";

export const retrain = defineCommand({
  description: [
    "Trains a challenger on recent traffic, with the settings of the model in use, and has both score the last day, which the challenger has not seen. What hosts of confirmed and serious open incidents did around that time is not learned; what was closed or is suppressed is.",
    "The model in use stays unless --swap or --auto is given. With --auto the challenger takes over where it is not worse: it fits the traffic as well, gives no more incidents than the model in use or than chance makes of the budget, finds the confirmed incidents that the other finds, learned better than PCA, and learned from at least half as long a time or a week. The model that is replaced is kept in DIR.versions, with the comparison beside it, and --put-back brings it back. A running watch on the store loads the model anew at once.",
  ],
  arguments: {
    logs: {
      placeholder: "LOGS",
      many: true,
      optional: true,
      doc: "logs to learn from in place of the store: files, directories, globs, or - for standard input",
    },
  },
  options: {
    model: {
      kind: "text",
      placeholder: "DIR",
      required: true,
      doc: "directory of the model in use",
      env: "STRAYFLOW_MODEL",
    },
    store: {
      kind: "text",
      placeholder: "FILE",
      doc: "store of watch: its connections, and incidents whose hosts are left out",
      details: "Read through the watch that owns it, if one runs.",
      env: "STRAYFLOW_STORE",
    },
    sensor: { kind: "text", placeholder: "NAME", doc: "only this sensor's connections of the store" },
    days: {
      kind: "number",
      placeholder: "N",
      above: 0,
      max: 3660,
      default: "14",
      doc: "learn from so many days before the last connection",
    },
    leaveOut: {
      kind: "choice",
      choices: leftOutChoices,
      default: "medium",
      doc: "leave out hosts of confirmed incidents, and of open ones from this severity on",
      details: "`confirmed` leaves out only those.",
    },
    pValue: {
      kind: "number",
      placeholder: "P",
      above: 0,
      max: 1,
      doc: "compare at this p-value; by default at what the model's budget stands for, or 0.001",
    },
    budget: budgetOption,
    selftest: {
      kind: "flag",
      doc: "plant attacks in LOGS too: a challenger that misses one which the model in use finds is worse",
      details: "Takes some minutes.",
    },
    swap: { kind: "flag", doc: "put the challenger into use, whatever the comparison says" },
    auto: { kind: "flag", doc: "put it into use where it is not worse" },
    putBack: { kind: "flag", doc: "train nothing: put the model back that was in use before" },
    json: { kind: "flag", doc: "print the comparison as one JSON object" },
  },
  examples: [
    {
      command: "strayflow retrain --store office.store --model office.model",
      doc: "train on the last two weeks, compare, change nothing",
    },
    {
      command: "strayflow retrain --store office.store --model office.model --auto",
      doc: "the same for a timer: swap where that is safe",
    },
    { command: "strayflow retrain --model office.model --put-back", doc: "undo the last swap" },
  ],
  async run(args, context) {
    const { logs, model, store: file, swap, auto, json } = args;
    if (swap && auto) throw new ExpectedError("usage", "--swap and --auto: give one of them");
    const budgetPerDay = parseBudget(args.budget);
    if (budgetPerDay !== undefined && args.pValue !== undefined)
      throw new ExpectedError("usage", "--budget and --p-value both say what to flag; give one of them");
    const remote = file === undefined ? undefined : await connectWatch(file);
    if (args.putBack) return await undo(model, remote, json, context);
    if (logs.length === 0 && file === undefined)
      throw new ExpectedError("usage", "expected --store FILE or LOGS to learn from");
    if (args.selftest && (logs.length === 0 || logs.includes("-")))
      throw new ExpectedError("usage", "--selftest plants attacks in LOGS, which are files: give some");
    await using opened =
      file === undefined || remote !== undefined ? undefined : await openWatchStore({ file, readOnly: true });
    const store = remote ?? opened;
    const { stage } = context;
    const done = await retrainModel(
      {
        modelDir: model,
        read: (use) =>
          logs.length > 0 ? readLogs(logs, use, context) : readStore(store!, opened, args, use, context),
        suspects: store === undefined ? [] : await suspects(store, args.leaveOut, args.sensor),
        days: args.days,
        pValue: args.pValue,
        budgetPerDay,
        swap: swap ? "always" : auto ? "if-not-worse" : "never",
        alsoCompare: args.selftest
          ? (champion, challenger) => plantInto(logs, champion, challenger, args.pValue, budgetPerDay, stage)
          : undefined,
        report: (facts) => renderReport(trainingReport(facts, timesIn("UTC"))),
      },
      stage,
    );
    const reloaded = done.isSwapped && remote !== undefined ? (await remote.reload()).message : undefined;
    if (json) await context.print(JSON.stringify({ ...done, reloaded }));
    else for (const line of resultLines(done, model, reloaded)) await context.print(line);
    return 0;
  },
});

async function undo(
  model: string,
  remote: RemoteStore | undefined,
  json: boolean,
  { print }: CommandContext,
): Promise<number> {
  const version = await putBack(model, Date.now());
  const reloaded = remote === undefined ? undefined : (await remote.reload()).message;
  if (json) {
    await print(JSON.stringify({ model, put_back: version.name, reloaded }));
    return 0;
  }
  await print(`The model that was in use until ${utcTime(version.since / 1000)} UTC is in use again.`);
  await print(reloadText(reloaded));
  return 0;
}

async function suspects(
  store: RemoteStore | WatchStore,
  choice: LeftOutChoice,
  sensor: string | undefined,
): Promise<readonly StoredIncident[]> {
  const found = await suspectIncidents(store, choice);
  return sensor === undefined ? found : found.filter((one) => one.sensor === sensor);
}

async function readLogs(
  logs: readonly string[],
  use: (batch: Batch) => void,
  { stage, onReject, io }: CommandContext,
): Promise<ReadTally> {
  const reader = readConnections(logs, { ...stage, onReject, stdin: io.stdin });
  for await (const batch of reader) use(batch);
  return reader.tally;
}

/** A running watch writes what is needed to a file beside the store; an open store is read itself. */
async function readStore(
  store: RemoteStore | WatchStore,
  opened: WatchStore | undefined,
  {
    days,
    sensor,
    store: file,
  }: {
    readonly days: number;
    readonly sensor?: string | undefined;
    readonly store?: string | undefined;
  },
  use: (batch: Batch) => void,
  { stage }: CommandContext,
): Promise<ReadTally> {
  const { to } = await store.info();
  const from = to === undefined ? undefined : to - days * 86_400;
  const rows = { from, sensors: sensor === undefined ? undefined : [sensor] };
  const tally = emptyTally();
  const take = (batch: Batch) => {
    tally.rows += batch.rows;
    addSeenColumns(tally.columns, batch);
    use(batch);
    stage.onProgress?.({ stage: "read", rows: tally.rows });
  };
  if (opened !== undefined) await opened.readBatches(rows, take, stage);
  else {
    const folder = await mkdtemp(join(dirname(resolve(file!)), ".strayflow-retrain-"));
    try {
      const where = from === undefined ? {} : { where: { from } };
      const [path] = await store.exportParquet(folder, { tables: ["connections"], ...where });
      await readExported(path!, rows, take, stage);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { ...tally, files: 1 };
}

/** Attacks that the model in use finds at some strength, and the challenger only at a greater one or not at all. */
async function plantInto(
  inputs: readonly string[],
  champion: string,
  challenger: string,
  pValue: number | undefined,
  budgetPerDay: number | undefined,
  stage: CommandContext["stage"],
): Promise<string[]> {
  const options = { inputs, pValue, budgetPerDay, repeats: 1 };
  const before = await selfTest({ ...options, modelDir: champion }, stage);
  const after = await selfTest({ ...options, modelDir: challenger }, stage);
  const order = (strength: string | null | undefined) =>
    strength === null || strength === undefined
      ? Infinity
      : strengthLevels.findIndex((level) => level === strength);
  return after.attacks.flatMap(({ attack, smallest, strengths }, i) => {
    const other = before.attacks[i]?.smallest["product"];
    const isWorse = strengths.length > 0 && order(smallest["product"]) > order(other);
    return isWorse
      ? [
          `of a planted ${attack} it finds ${smallest["product"] ?? "none"}, the model in use ${other ?? "none"}`,
        ]
      : [];
  });
}

function resultLines(done: Retrained, model: string, reloaded: string | undefined): string[] {
  const { champion, challenger, rows, worse, isSwapped, heldBack } = done;
  const heads = [
    { head: "" },
    { head: "in use", align: "right" },
    { head: "challenger", align: "right" },
  ] as const;
  const row = (name: string, of: (trial: ModelTrial) => string) => [name, of(champion), of(challenger)];
  const table = textTable(heads, [
    row("learned from", ({ learned }) => `${formatCount(learned.rows)} connections`),
    row("from (UTC)", ({ learned }) => utcTime(learned.from)),
    row("to", ({ learned }) => utcTime(learned.to)),
    row("flags at", ({ pValue }) => formatOneIn(pValue)),
    row("flagged", ({ flagged, rate }) => `${formatCount(flagged)} (${formatShare(rate)})`),
    row("incidents a day", ({ incidentsPerDay }) => formatCount(Math.round(10 * incidentsPerDay) / 10)),
    row("expected", ({ expectedPerDay }) => formatCount(Math.round(10 * expectedPerDay) / 10)),
    row("high and critical", ({ bySeverity }) =>
      formatCount((bySeverity["high"] ?? 0) + (bySeverity["critical"] ?? 0)),
    ),
    row("confirmed, found", ({ confirmed }) => `${confirmed.found} of ${confirmed.all}`),
    row("fit", ({ fit }) => fit.verdict),
    row("shifted features", ({ fit }) => formatCount(fit.shifted)),
    row("loss, beside PCA", ({ loss }) => `${loss.test.toPrecision(3)} / ${loss.pca.toPrecision(3)}`),
  ]);
  return [
    `Learned from ${formatCount(rows.training)} connections; ${formatCount(rows.leftOut)} of ${formatCount(done.leftOutHosts)} hosts in incidents were left out.`,
    `Both scored ${formatCount(rows.heldBack)} connections from ${utcTime(heldBack.from)} to ${utcTime(heldBack.to)} UTC, which the challenger had not seen:`,
    "",
    ...table.map((line) => `  ${line}`),
    "",
    worse.length === 0
      ? "The challenger is not worse."
      : `The challenger is worse: ${escapeText(worse.join("; "))}.`,
    ...(isSwapped
      ? [
          `It is in use now. The model before it is kept in ${shellWord(versionsFolder(model))}; to put it back:`,
          `  strayflow retrain --model ${shellWord(model)} --put-back`,
          reloadText(reloaded),
        ]
      : [
          `The model in use stays. The challenger is kept as ${shellWord(done.challengerDir!)}.`,
          ...(worse.length === 0 ? ["Run again with --swap or --auto to have a challenger take over."] : []),
        ]),
  ];
}

function reloadText(reloaded: string | undefined): string {
  return reloaded === undefined
    ? "A watch that runs with it loads it at SIGHUP."
    : `The watch says: ${escapeText(reloaded)}.`;
}
