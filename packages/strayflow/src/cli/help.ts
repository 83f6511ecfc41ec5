import { wrapText } from "../output/display-width.ts";
import type { AnyCommand } from "./command.ts";
import { commands } from "./commands.ts";
import {
  commonOptions,
  optionFlag,
  type ArgumentSpec,
  type OptionSpec,
  type OptionTable,
} from "./options.ts";

const columns = 100;

/** What `strayflow` and `strayflow --help` print. */
export function programHelp(): string {
  const names = Object.entries(commands).map(([name, { summary }]): Item => [name, [summary]]);
  return sections([
    wrap(
      "Strayflow learns what is normal on a network from Zeek's conn.log and points out the few connections that are not: ranked, and with the reason for each. It works offline on the logs that Zeek writes.",
    ),
    titled("Usage", ["  strayflow COMMAND [options]", "  strayflow help COMMAND"]),
    titled("Commands", items(names)),
    titled("Common options", items([...brief(commonOptions), versionItem, helpItem])),
    titled("Start here", [
      "  $ strayflow demo",
      "      see it work on a simulated network; takes less than a minute",
      "  $ strayflow train /opt/zeek/logs/2025-02-* --model office.model",
      "      learn from some days of your own traffic",
      "  $ strayflow score /opt/zeek/logs/current --model office.model",
      "      show what is strange in later traffic",
    ]),
    titled("Exit status", [
      "  0 done, 1 something was flagged (only with --fail-on-alert), 2 wrong usage, 65 input that cannot",
      "  be read, 66 model and traffic do not fit, 70 a fault of strayflow, 74 output that cannot be written,",
      "  130 interrupted",
    ]),
  ]);
}

/** What `strayflow help NAME` prints. */
export function commandHelp(name: string, command: AnyCommand): string {
  const { description, arguments: argumentTable, options, examples } = command;
  return sections([
    titled("Usage", [`  ${usageLine(name, command)}`]),
    ...description.map(wrap),
    titled("Arguments", items(Object.values(argumentTable).map((spec) => [argumentUsage(spec), [spec.doc]]))),
    titled("Options", items(optionItems(options))),
    titled("Common options", items([...brief(commonOptions), helpItem])),
    titled(
      "Examples",
      examples.flatMap(({ command: line, doc }) => [`  $ ${line}`, `      ${doc}`]),
    ),
  ]);
}

/** `strayflow train LOGS... --model DIR [options]` */
export function usageLine(name: string, { arguments: argumentTable, options }: AnyCommand): string {
  const needed = Object.entries(options).filter(([, spec]) => "required" in spec && spec.required);
  return [
    "strayflow",
    name,
    ...Object.values(argumentTable).map(argumentUsage),
    ...needed.map(([option, spec]) => optionUsage(option, spec)),
    "[options]",
  ].join(" ");
}

/** `LOGS...`, `[DIR]` */
export function argumentUsage({ placeholder, many, optional }: ArgumentSpec): string {
  const name = `${placeholder}${many ? "..." : ""}`;
  return optional ? `[${name}]` : name;
}

/** `-q, --quiet`, `--epochs N`, `--split time|random` */
export function optionUsage(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  return `${short}${optionFlag(name)}${valueUsage(spec)}`;
}

function valueUsage(spec: OptionSpec): string {
  switch (spec.kind) {
    case "flag":
      return "";
    case "choice":
      return ` ${spec.choices.join("|")}`;
    default:
      return ` ${spec.placeholder}`;
  }
}

type Item = readonly [name: string, texts: readonly string[]];

const versionItem: Item = ["-V, --version", ["print the version"]];
const helpItem: Item = ["-h, --help", ["print this"]];

function brief(table: OptionTable): Item[] {
  return optionItems(table).map(([name, texts]) => [name, texts.slice(0, 1)]);
}

function optionItems(table: OptionTable): Item[] {
  return Object.entries(table).map(([name, spec]) => {
    const value = "default" in spec && spec.default !== undefined ? ` (default ${spec.default})` : "";
    const needed = "required" in spec && spec.required ? " (needed)" : "";
    const env = spec.env === undefined ? [] : [`Environment: ${spec.env}.`];
    const details = [spec.details ?? [], env].flat().join(" ");
    return [optionUsage(name, spec), [spec.doc + value + needed, ...(details === "" ? [] : [details])]];
  });
}

/** Names in a column, texts beside them; a long name has its text on the next line. */
function items(list: readonly Item[]): string[] {
  const nameWidth = Math.min(26, Math.max(0, ...list.map(([name]) => name.length)));
  const indent = " ".repeat(nameWidth + 4);
  return list.flatMap(([name, texts]) => {
    const lines = texts.flatMap((text) => wrapText(text, columns - indent.length));
    const [first = "", ...rest] = name.length <= nameWidth ? lines : ["", ...lines];
    return [`  ${name.padEnd(nameWidth)}  ${first}`.trimEnd(), ...rest.map((line) => indent + line)];
  });
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines];
}

function wrap(paragraph: string): readonly string[] {
  return wrapText(paragraph, columns);
}

function sections(parts: readonly (readonly string[])[]): string {
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
