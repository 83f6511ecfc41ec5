import { Command, CommanderError, Option } from "commander";
import { ExpectedError } from "../base/errors.ts";
import type { AnyCommand } from "./command.ts";
import { commands } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import { checkArguments, checkOptions, type Environment, type Given } from "./check-options.ts";
import { commonOptions, optionFlag, type ArgumentSpec, type OptionTable } from "./options.ts";

/** What a command line asks for: a text to print, or a command with its checked arguments. */
export type Invocation =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "command";
      readonly command: AnyCommand;
      /** As the command's table types them. */
      readonly args: Readonly<Record<string, unknown>>;
    };

/**
 * Reads a command line. Nothing is opened or done here: whatever is wrong with the words alone is known afterwards.
 *
 * @param words without the program's own name
 * @throws ExpectedError "usage"
 */
export async function parseCommandLine(
  words: readonly string[],
  env: Environment,
  version: string,
): Promise<Invocation> {
  let printed = "";
  let invocation: Invocation | undefined;
  const program = new Command("strayflow")
    .exitOverride()
    .configureOutput({ writeOut: (text) => (printed += text), outputError: () => undefined })
    .version(version, "-V, --version")
    .helpCommand(false)
    .configureHelp({ formatHelp: () => programHelp() });
  addOptions(program, commonOptions);

  for (const [name, { summary }] of Object.entries(commands)) program.command(name).description(summary);
  program.hook("preSubcommand", async (_program, parser) => {
    const command = await commands[parser.name()]!.load();
    parser.configureHelp({ formatHelp: () => commandHelp(parser.name(), command) });
    addOptions(parser, command.options);
    for (const spec of Object.values(command.arguments)) parser.argument(argumentPattern(spec), spec.doc);
    parser.action(() => {
      const given = { ...program.opts<Given>(), ...parser.opts<Given>() };
      const options = checkOptions({ ...commonOptions, ...command.options }, given, env);
      invocation = {
        kind: "command",
        command,
        args: { ...options, ...checkArguments(command.arguments, parser.args) },
      };
    });
  });

  try {
    await program.parseAsync(helpAsOption(words), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0)
      throw new ExpectedError("usage", commanderMessage(error), undefined, { cause: error });
  }
  return invocation ?? { kind: "text", text: printed };
}

/** `help train` is `train --help`, and no words at all are a call for help. */
function helpAsOption(words: readonly string[]): readonly string[] {
  if (words.length === 0) return ["--help"];
  if (words[0] !== "help") return words;
  const [, name] = words;
  if (name === undefined) return ["--help"];
  return Object.hasOwn(commands, name) ? [name, "--help"] : [name];
}

function addOptions(parser: Command, table: OptionTable): void {
  for (const [name, spec] of Object.entries(table)) {
    const short = spec.short === undefined ? "" : `-${spec.short}, `;
    const value = spec.kind === "flag" ? "" : " <value>";
    const option = new Option(`${short}${optionFlag(name)}${value}`, spec.doc);
    // `--no-report` is a flag of that name, not the other side of one.
    option.negate = false;
    parser.addOption(option);
  }
}

function argumentPattern({ placeholder, many, optional }: ArgumentSpec): string {
  const name = `${placeholder}${many ? "..." : ""}`;
  return optional ? `[${name}]` : `<${name}>`;
}

/** Commander's own message and its suggestion, in our manner of writing them. */
function commanderMessage({ message }: CommanderError): string {
  return message.replace(/^error: /, "").replace(/\n\(?(Did you mean .*?)\)?$/, ". $1");
}
