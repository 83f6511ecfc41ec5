import { errorKinds } from "../base/errors.ts";
import { describeFeatures, presetNames, presets, type FeatureSide, type Preset } from "../features/index.ts";
import { rejectReasons } from "../zeek/index.ts";
import type { AnyCommand } from "./command.ts";
import { commands } from "./commands.ts";
import { markdownList, markdownPage, markdownTable, shellBlock } from "./markdown.ts";
import { argumentUsage, optionUsage, usageLine } from "./help.ts";
import { commonOptions, type OptionSpec, type OptionTable } from "./options.ts";

/** `docs/cli.md`: every command with its options, from the tables that the program itself uses. */
export async function cliPage(): Promise<string> {
  const loaded = await Promise.all(
    Object.entries(commands).map(async ([name, { summary, load }]) => ({
      name,
      summary,
      command: await load(),
    })),
  );
  return markdownPage("Command line", [
    "`--json` prints one JSON object on standard output and nothing else. Progress and remarks go to standard error: one line on a terminal, a line every few seconds elsewhere, none with `--quiet`. Output files appear when they are whole. An option on the command line goes before its environment variable, that before the default.",
    markdownList(loaded.map(({ name, summary }) => `[\`${name}\`](#${name}): ${summary}`)),
    "## Common options",
    optionTable(commonOptions),
    ...loaded.flatMap(({ name, command }) => commandSections(name, command)),
    "## Exit status",
    "See [errors](errors.md). 0 is done, 1 that `score --fail-on-alert` found something, 130 that the run was interrupted.",
  ]);
}

/** `docs/errors.md`: what can go wrong, from the table of error kinds. */
export function errorsPage(): string {
  return markdownPage("Errors", [
    "A failure says what was found, what was expected and where, then what to do next. The kind fixes the exit status. `--debug` adds the stack.",
    markdownTable(
      ["kind", "exit status", "what to do"],
      Object.entries(errorKinds).map(([kind, { exit, help }]) => [`\`${kind}\``, String(exit), help]),
    ),
  ]);
}

/** `docs/rejects.md`: why a line is not taken as a connection, from the table of reasons. */
export function rejectsPage(): string {
  return markdownPage("Rejected lines", [
    "A line that is not what it claims to be is left out whole, counted by reason, and kept where `--rejects FILE` says, with its file, line number and, where one field is at fault, the name of its column. It never stops a run.",
    markdownTable(
      ["reason", "meaning"],
      Object.entries(rejectReasons).map(([reason, sentence]) => [`\`${reason}\``, sentence]),
    ),
  ]);
}

/** `docs/features.md`: every column of every preset, from the declarations that also compute and explain it. */
export function featuresPage(): string {
  return markdownPage("Features", [
    "A feature is one number computed from a connection and, in preset `behavior`, from what its hosts did before. Except in preset `seed`, amounts are on a log scale; what the log does not state is 0 and has a flag of its own, so that unknown is never the same as none. Vocabularies, rarities and habits are learned from the training part of the logs and stay as they are afterwards.",
    "Names with `<value>` or `<name>` stand for one column for each value that training saw.",
    ...presetNames.flatMap(presetSections),
  ]);
}

function presetSections(preset: Preset): string[] {
  const described = describeFeatures(preset);
  const { summary, families } = presets[preset];
  // A preset that goes on from another one does not tell it again.
  const earlier = new Set(
    presetNames
      .slice(0, presetNames.indexOf(preset))
      .flatMap((name) => presets[name].families.map(({ id }) => id)),
  );
  const repeated = families.filter(({ id }) => earlier.has(id));
  return [
    `## Preset \`${preset}\``,
    summary,
    ...(repeated.length === 0
      ? []
      : [`The families ${repeated.map(({ id }) => `\`${id}\``).join(", ")} are those above.`]),
    ...families
      .filter(({ id }) => !earlier.has(id))
      .flatMap(({ id, side, reads }) => [
        `### ${id}`,
        `${sideTexts[side]} Reads ${reads.map((column) => `\`${column}\``).join(", ")}.`,
        markdownTable(
          ["column", "unit", "meaning"],
          described
            .filter(({ family }) => family === id)
            .map((column) => [`\`${column.id}\``, column.unit, column.summary]),
        ),
      ]),
  ];
}

const sideTexts: Readonly<Record<FeatureSide, string>> = {
  connection: "From the connection alone.",
  originator: "From what the originator did before.",
  responder: "From what happened to the responder before.",
  pair: "From what these two hosts did before.",
};

function commandSections(name: string, command: AnyCommand): string[] {
  const argumentRows = Object.values(command.arguments).map((spec) => [
    `\`${argumentUsage(spec)}\``,
    spec.doc,
  ]);
  return [
    `## ${name}`,
    shellBlock([usageLine(name, command)]),
    ...command.description,
    ...(argumentRows.length === 0 ? [] : [markdownTable(["argument", "meaning"], argumentRows)]),
    ...(Object.keys(command.options).length === 0 ? [] : [optionTable(command.options)]),
    shellBlock(command.examples.flatMap(({ command: line, doc }) => [`# ${doc}`, line])),
  ];
}

function optionTable(options: OptionTable): string {
  return markdownTable(
    ["option", "default", "meaning"],
    Object.entries(options).map(([name, spec]) => [
      `\`${optionUsage(name, spec)}\``,
      defaultText(spec),
      meaning(spec),
    ]),
  );
}

function defaultText(spec: OptionSpec): string {
  if ("required" in spec && spec.required) return "needed";
  return "default" in spec && spec.default !== undefined ? `\`${spec.default}\`` : "";
}

function meaning({ doc, details, env }: OptionSpec): string {
  const sentence = `${doc.charAt(0).toUpperCase()}${doc.slice(1)}.`;
  return [sentence, details, env && `Environment: \`${env}\`.`].filter(Boolean).join(" ");
}
