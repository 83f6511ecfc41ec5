import { errorKinds } from "../base/errors.ts";
import type { AnyCommand } from "./command.ts";
import { commands } from "./commands.ts";
import { argumentUsage, optionUsage, usageLine } from "./help.ts";
import { commonOptions, type OptionSpec, type OptionTable } from "./options.ts";

const notice =
  "<!-- Written by scripts/generate-docs.ts. Change the tables in the source, not this page. -->";

/** `docs/cli.md`: every command with its options, from the tables that the program itself uses. */
export async function cliPage(): Promise<string> {
  const loaded = await Promise.all(
    Object.entries(commands).map(async ([name, { summary, load }]) => ({
      name,
      summary,
      command: await load(),
    })),
  );
  return page([
    "# Command line",
    notice,
    "`--json` prints one JSON object on standard output and nothing else. Progress and remarks go to standard error: one line on a terminal, a line every few seconds elsewhere, none with `--quiet`. Output files appear when they are whole. An option on the command line goes before its environment variable, that before the default.",
    list(loaded.map(({ name, summary }) => `[\`${name}\`](#${name}): ${summary}`)),
    "## Common options",
    optionTable(commonOptions),
    ...loaded.flatMap(({ name, command }) => commandSections(name, command)),
    "## Exit status",
    "See [errors](errors.md). 0 is done, 1 that `score --fail-on-alert` found something, 130 that the run was interrupted.",
  ]);
}

/** `docs/errors.md`: what can go wrong, from the table of error kinds. */
export function errorsPage(): string {
  return page([
    "# Errors",
    notice,
    "A failure says what was found, what was expected and where, then what to do next. The kind fixes the exit status. `--debug` adds the stack.",
    table(
      ["kind", "exit status", "what to do"],
      Object.entries(errorKinds).map(([kind, { exit, help }]) => [`\`${kind}\``, String(exit), help]),
    ),
  ]);
}

function commandSections(name: string, command: AnyCommand): string[] {
  const argumentRows = Object.values(command.arguments).map((spec) => [
    `\`${argumentUsage(spec)}\``,
    spec.doc,
  ]);
  return [
    `## ${name}`,
    fenced([usageLine(name, command)]),
    ...command.description,
    ...(argumentRows.length === 0 ? [] : [table(["argument", "meaning"], argumentRows)]),
    ...(Object.keys(command.options).length === 0 ? [] : [optionTable(command.options)]),
    fenced(command.examples.flatMap(({ command: line, doc }) => [`# ${doc}`, line])),
  ];
}

function optionTable(options: OptionTable): string {
  return table(
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

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => "---"), ...rows].map(tableLine).join("\n");
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

function fenced(lines: readonly string[]): string {
  return ["```sh", ...lines, "```"].join("\n");
}

function page(blocks: readonly string[]): string {
  return `${blocks.join("\n\n")}\n`;
}
