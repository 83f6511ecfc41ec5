import { formatCount } from "../../base/units.ts";
import { countOf, utcTime } from "../../output/figures.ts";
import { shellWord } from "../../output/escape.ts";
import { textTable } from "../../output/text-table.ts";
import {
  attackKinds,
  parseAttackList,
  simulate as writeSimulation,
  strengthLevels,
} from "../../simulate/index.ts";
import type { SimulationSummary } from "../../simulate/index.ts";
import { defineCommand } from "../command.ts";
import { simulatedDays } from "../simulated-days.ts";

export const simulate = defineCommand({
  description: [
    "Writes the conn logs of an invented network: workstations, servers, printers, phones, with their days and nights, and attacks planted after a clean beginning. The same options give the same files, byte for byte.",
    "Beside the logs stand truth.csv (uid, attack, attack_id of every row of an attack), attacks.json and simulation.json. Use it to try things and to measure speed; what a detector finds here says little about real networks.",
  ],
  arguments: {},
  options: {
    out: { kind: "text", placeholder: "DIR", required: true, doc: "directory to write; new or empty" },
    rows: {
      kind: "integer",
      placeholder: "N",
      min: 1,
      max: 10_000_000_000,
      doc: "exactly so many connections",
    },
    days: {
      kind: "number",
      placeholder: "N",
      min: 0.01,
      max: 3660,
      doc: "how long (default 3, or as long as the rows take)",
    },
    hosts: {
      kind: "integer",
      placeholder: "N",
      min: 1,
      max: 1_000_000,
      doc: "size of the network (default 40)",
    },
    seed: { kind: "integer", placeholder: "N", default: "1", doc: "start of every random choice" },
    format: { kind: "choice", choices: ["tsv", "json"], default: "tsv", doc: "as Zeek writes them" },
    attacks: {
      kind: "text",
      placeholder: "LIST",
      doc: "attacks to plant, or none",
      details: `Separated by commas, each with a strength after a colon where it is not to be medium: \`port-scan,beacon:weak\`, \`all:weak\`. Kinds: ${attackKinds.join(", ")}. Strengths: ${strengthLevels.join(", ")}. Default: all, as strong as makes up at most a tenth of the rows.`,
    },
    labels: { kind: "flag", doc: "add the columns label and detailedlabel" },
    files: {
      kind: "choice",
      choices: ["hourly", "single"],
      default: "hourly",
      doc: "Zeek's archive layout, or one conn.log",
    },
    compression: { kind: "choice", choices: ["gzip", "zstd", "none"], default: "gzip", doc: "of the logs" },
    overwrite: { kind: "flag", doc: "replace an earlier simulation in the directory" },
    json: { kind: "flag", doc: "print what was written as one JSON object" },
  },
  examples: [
    {
      command: "strayflow simulate --out small --days 2 --hosts 20",
      doc: "two days of twenty hosts, every attack once",
    },
    { command: "strayflow simulate --out quiet --attacks none", doc: "nothing but ordinary traffic" },
    {
      command: "strayflow simulate --out big --rows 1243021 --files single",
      doc: "one file, to measure speed with",
    },
  ],

  async run({ attacks, json, ...options }, { stage, print }) {
    const requests = attacks === undefined ? undefined : parseAttackList(attacks);
    const summary = await writeSimulation({ ...options, attacks: requests }, stage);
    if (json) await print(JSON.stringify(summary));
    else for (const line of summaryLines(summary)) await print(line);
    return 0;
  },
});

function summaryLines(summary: SimulationSummary): string[] {
  const { out, rows, hosts, start, end, files, attacks } = summary;
  const period = `${utcTime(Date.parse(start) / 1000)} to ${utcTime(Date.parse(end) / 1000)} UTC`;
  return [
    `${countOf(rows, "connection")} of ${countOf(hosts, "host")}, ${period}, in ${countOf(files.length, "file")}.`,
    ...(attacks.length > 0 ? ["", ...attackTable(attacks)] : []),
    "",
    `Written to ${shellWord(out)}.`,
    ...nextCommands(summary),
  ];
}

/** Learning from attacks would make them normal, so the days before them are named. */
function nextCommands(summary: SimulationSummary): string[] {
  const { clean, attacked } = simulatedDays(summary);
  const model = shellWord(`${summary.out}.model`);
  if (clean.length === 0 || attacked.length === 0) {
    return ["Next, learn from it:", `  strayflow train ${shellWord(summary.out)} --model ${model}`];
  }
  return [
    "Next, learn from the days before the attacks, then rank the others:",
    `  strayflow train ${clean.map(shellWord).join(" ")} --model ${model}`,
    `  strayflow score ${attacked.map(shellWord).join(" ")} --model ${model}`,
  ];
}

function attackTable(attacks: SimulationSummary["attacks"]): string[] {
  const columns = [
    { head: "planted" },
    { head: "strength" },
    { head: "from", width: 15 },
    { head: "begins (UTC)" },
    { head: "connections", align: "right" },
  ] as const;
  return textTable(
    columns,
    attacks.map(({ kind, strength, source, start, rows }) => [
      kind,
      strength,
      source,
      start === undefined ? "–" : utcTime(Date.parse(start) / 1000),
      formatCount(rows),
    ]),
  );
}
