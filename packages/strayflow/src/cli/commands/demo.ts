import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatDuration } from "../../base/units.ts";
import { countOf, figure } from "../../output/figures.ts";
import { shellWord } from "../../output/escape.ts";
import { scoreWriter } from "../../output/score-writer.ts";
import { defaultPValue, scoreLogs } from "../../pipeline/score.ts";
import { trainModel } from "../../pipeline/train.ts";
import { simulate, type SimulationSummary } from "../../simulate/index.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { findingLines, takeFindings, type DemoFindings } from "../demo-findings.ts";
import { defaultOptions } from "../check-options.ts";
import { fitOptions, fitTable } from "../fit-options.ts";
import { usesColour } from "../io.ts";
import { simulatedDays } from "../simulated-days.ts";

export const demo = defineCommand({
  description: [
    "Simulates four days of a small network, learns from the first two, plants attacks in the others, and shows what was found beside what was planted. It needs no logs and takes less than a minute.",
    "It shows how the program works. How well it detects on a real network, only a real network can show.",
  ],
  arguments: {},
  options: {
    keep: {
      kind: "text",
      placeholder: "DIR",
      doc: "keep logs, truth and model there; without it they are removed",
    },
    hosts: {
      kind: "integer",
      placeholder: "N",
      min: 10,
      max: 500,
      default: "30",
      doc: "size of the network",
    },
    seed: {
      kind: "integer",
      placeholder: "N",
      min: 0,
      max: 4_294_967_295,
      default: "1",
      doc: "start of every random choice",
    },
    json: { kind: "flag", doc: "print what was found as one JSON object" },
  },
  examples: [
    { command: "strayflow demo", doc: "see it work" },
    { command: "strayflow demo --keep strayflow-demo", doc: "and look at the logs and the model afterwards" },
  ],

  async run({ keep, hosts, seed, json }, context) {
    const started = context.io.now();
    const folder = keep ?? (await mkdtemp(join(tmpdir(), "strayflow-demo-")));
    try {
      const say = json ? () => Promise.resolve() : context.print;
      const simulated = await simulate(
        { out: join(folder, "logs"), days: 4, hosts, seed, overwrite: true },
        context.stage,
      );
      const { clean, attacked } = simulatedDays(simulated);
      await say(
        `Simulated 4 days of ${hosts} hosts: ${countOf(simulated.rows, "connection")}, ${countOf(simulated.attacks.length, "planted attack")}.`,
      );

      const model = join(folder, "model");
      const trained = await trainModel(
        { ...fitOptions({ ...defaultOptions(fitTable), seed }), inputs: clean, modelDir: model },
        context.stage,
      );
      await say(
        `Learned from the first ${countOf(clean.length, "day")}: ${countOf(trained.features, "feature")}, ${countOf(trained.epochs, "epoch")}, loss ${figure(trained.loss.test)} (untrained ${figure(trained.loss.untrained)}, PCA ${figure(trained.loss.pca)}).`,
      );

      const findings = await scoreAgainstTruth(simulated, attacked, model, context);
      const seconds = (context.io.now() - started) / 1000;
      if (json) {
        const { attacks, ordinary } = findings;
        const planted = attacks.map(({ highest: _connection, ...figures }) => figures);
        await context.print(JSON.stringify({ rows: simulated.rows, attacks: planted, ordinary, seconds }));
        return 0;
      }
      await say(
        `Scored the other ${countOf(attacked.length, "day")}. The strangest connection of each attack:\n`,
      );
      await showHighest(findings, context);
      for (const line of findingLines(findings, defaultPValue)) await say(line);
      for (const line of closing(keep, seconds)) await say(line);
      return 0;
    } finally {
      if (keep === undefined) await rm(folder, { recursive: true, force: true });
    }
  },
});

async function scoreAgainstTruth(
  simulated: SimulationSummary,
  inputs: readonly string[],
  modelDir: string,
  { stage }: CommandContext,
): Promise<DemoFindings> {
  const findings = takeFindings(simulated.attacks, await readTruth(join(simulated.out, "truth.csv")));
  for await (const rows of scoreLogs({ inputs, modelDir }, stage)) findings.take(rows);
  return findings.finish();
}

/** uid to id of the attack: `uid,attack,attack_id` a line, under a head. */
async function readTruth(path: string): Promise<ReadonlyMap<string, number>> {
  const [, ...lines] = (await readFile(path, "utf8")).trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [uid = "", , id] = line.split(",");
      return [uid, Number(id)];
    }),
  );
}

async function showHighest({ attacks }: DemoFindings, { io, openOutput }: CommandContext): Promise<void> {
  const output = await openOutput("-");
  const writer = scoreWriter("table", output, {
    columns: Math.max(60, io.columns),
    colour: usesColour(io, "stdout"),
  });
  for (const { highest } of attacks) await writer.add(highest);
  await writer.finish([""]);
}

function closing(keep: string | undefined, seconds: number): string[] {
  const kept =
    keep === undefined
      ? []
      : [
          `Logs, truth and model are in ${shellWord(keep)}: strayflow models show ${shellWord(join(keep, "model"))}`,
        ];
  return [
    `Took ${formatDuration(seconds)}. Simulated traffic shows how it works, not how well it detects.`,
    ...kept,
    "",
    "On your own logs, some ordinary days first:",
    "  strayflow train LOGS... --model DIR",
    "  strayflow score LATER_LOGS... --model DIR",
  ];
}
