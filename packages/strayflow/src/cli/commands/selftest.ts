import { ExpectedError } from "../../base/errors.ts";
import { formatCount, formatOneIn, formatShare } from "../../base/units.ts";
import { detectorNames, selfTest, type AttackResult, type SelfTestReport } from "../../evaluate/index.ts";
import { attackKinds, type AttackKind } from "../../simulate/index.ts";
import { wrapText } from "../../output/display-width.ts";
import { escapeText } from "../../output/escape.ts";
import { countOf } from "../../output/figures.ts";
import { textTable } from "../../output/text-table.ts";
import { budgetOption, parseBudget, pValueOption } from "../budget-option.ts";
import { defineCommand } from "../command.ts";
import { logsArgument, modelOption } from "../shared-options.ts";

export const selftest = defineCommand({
  description: [
    "Plants attacks in your own traffic, one at a time and at four strengths, and says from which strength on the model finds them. The first half of the logs warms the model up, the other is planted into: by ordinary hosts of yours, against hosts of yours. Give traffic that the model was not trained on.",
    "Beside it stand plain detectors that learned from the first half and are cut so that they raise as many false alarms. Where one of them finds an attack sooner, the last lines say so. Nothing is written to the logs, which are held in memory: at most 4 million connections, at some 700 bytes each.",
  ],
  arguments: { logs: logsArgument },
  options: {
    model: modelOption,
    pValue: pValueOption,
    budget: budgetOption,
    attacks: {
      kind: "words",
      placeholder: "LIST",
      doc: "only these attacks, with commas between",
      details: `Of ${attackKinds.join(", ")}.`,
    },
    repeats: {
      kind: "integer",
      placeholder: "N",
      min: 1,
      max: 100,
      default: "3",
      doc: "times that each is planted, at another host and time",
      details: "An attack counts as found where it is found in more than half of them.",
    },
    seed: {
      kind: "integer",
      placeholder: "N",
      min: 0,
      max: 4_294_967_295,
      default: "1",
      doc: "start of every random choice",
    },
    json: { kind: "flag", doc: "print the result as one JSON object" },
  },
  examples: [
    {
      command: "strayflow selftest /opt/zeek/logs/2025-02-22 --model office.model",
      doc: "what would be found on this network",
    },
    {
      command: "strayflow selftest conn.log --model office.model --budget 5/day",
      doc: "what would be found at that many incidents a day",
    },
  ],

  async run({ logs, model, pValue, budget, attacks, repeats, seed, json }, context) {
    const budgetPerDay = parseBudget(budget);
    if (budgetPerDay !== undefined && pValue !== undefined) {
      throw new ExpectedError("usage", "--budget and --p-value both say what to flag; give one of them");
    }
    const { io, stage, onReject } = context;
    const report = await selfTest(
      { inputs: logs, modelDir: model, pValue, budgetPerDay, kinds: attacks?.map(attackKind), repeats, seed },
      { ...stage, stdin: io.stdin, onReject },
    );
    for (const note of report.notes) context.remark(escapeText(note));
    if (json) await context.print(JSON.stringify(report));
    else for (const line of reportLines(report, io.columns)) await context.print(line);
    return 0;
  },
});

function attackKind(name: string): AttackKind {
  const kind = attackKinds.find((known) => known === name);
  if (kind !== undefined) return kind;
  throw new ExpectedError(
    "usage",
    `--attacks expects of ${attackKinds.join(", ")}, found "${escapeText(name)}"`,
  );
}

function reportLines(report: SelfTestReport, columns: number): string[] {
  const { rows, realised, p_value, attacks, repeats } = report;
  const ids = Object.keys(attacks[0]?.smallest ?? {});
  const heads = [
    { head: "attack" },
    ...ids.map((id) => ({ head: shortNames[id] ?? detectorNames[id] ?? id })),
  ];
  const cells = attacks.map(({ attack, smallest, strengths }) => [
    attack,
    ...ids.map((id) => (strengths.length === 0 ? "–" : (smallest[id] ?? "not found"))),
  ]);
  const intro = `Planted into the last ${countOf(rows.test, "connection")}, after ${formatCount(rows.warm_up)} to warm up. Of these connections themselves ${formatShare(realised)} are flagged (${formatOneIn(p_value)} asked); every detector is cut at that share. Found is an attack with more flagged connections than false alarms would make of as many, and by strayflow also one that a named detector speaks of, though of none of its hosts otherwise. Each was planted ${repeats === 1 ? "once" : `${repeats} times`} at each strength.`;
  return [
    ...wrapText(intro, columns),
    "",
    "The weakest strength that is found:",
    ...textTable(heads, cells).map((line) => `  ${line}`),
    "",
    "What the strengths mean, and the share of the attack's connections that strayflow flags:",
    ...textTable(strengthHeads, attacks.flatMap(strengthRows)).map((line) => `  ${line}`),
    "",
    ...verdict(report, columns),
  ];
}

/** Eight columns have to fit on a line. */
const shortNames: Readonly<Record<string, string>> = {
  knn5: "5-NN",
  isolation_forest: "iso. forest",
  counting: "counting",
};

const strengthHeads = [
  { head: "attack" },
  { head: "strength" },
  { head: "connections", align: "right" },
  { head: "flagged", align: "right" },
  { head: "named" },
  { head: "what" },
] as const;

function strengthRows({ attack, strengths }: AttackResult): string[][] {
  return strengths.map(({ strength, rows, flagged, named_by, parameters }, index) => [
    index === 0 ? attack : "",
    strength,
    formatCount(rows),
    formatShare(flagged["product"] ?? 0),
    named_by.join(", ") || "–",
    Object.entries(parameters)
      .slice(0, mostParameters)
      .map(([name, value]) => `${inWords(name)} ${formatCount(value)}`)
      .join(", "),
  ]);
}

/** The first ones say how loud an attack is; a line holds no more. */
const mostParameters = 3;

/** `portsPerMinute` as "ports per minute". */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function verdict({ beaten, attacks }: SelfTestReport, columns: number): string[] {
  const missed = attacks.filter(
    ({ smallest, strengths }) => strengths.length > 0 && smallest["product"] === null,
  );
  const lines = beaten.map(
    ({ attack, by }) =>
      `${attack}: ${by.map((id) => detectorNames[id] ?? id).join(", ")} ${by.length === 1 ? "finds" : "find"} it at a smaller strength than strayflow.`,
  );
  if (beaten.length === 0)
    lines.push("No plain detector finds any of these at a smaller strength than strayflow.");
  if (missed.length > 0)
    lines.push(`Not found at any strength: ${missed.map(({ attack }) => attack).join(", ")}.`);
  return lines.flatMap((line) => wrapText(line, columns));
}
