import type { StageOptions } from "../base/stage.ts";
import type { OutputFile } from "../output/output-file.ts";
import type { Reject } from "../zeek/rejects.ts";
import type { Io } from "./io.ts";
import type { ArgumentTable, CommonArguments, OptionTable, ParsedArguments } from "./options.ts";

/** A command is a table plus a function. */
export interface CommandDefinition<
  Options extends OptionTable = OptionTable,
  Arguments extends ArgumentTable = ArgumentTable,
> {
  /** What it does and what comes of it: paragraphs, wrapped by whoever prints them. */
  readonly description: readonly string[];
  readonly arguments: Arguments;
  readonly options: Options;
  readonly examples: readonly Example[];
  /** Does the work; what it returns is the exit status. Failures are thrown. */
  run(args: ParsedArguments<Options, Arguments> & CommonArguments, context: CommandContext): Promise<number>;
}

/** A command line that works as it stands, and what it is for. */
interface Example {
  readonly command: string;
  readonly doc: string;
}

/** What a running command is given beside its arguments. */
export interface CommandContext {
  readonly io: Io;
  /** Signal and progress, for the stages of the pipeline. */
  readonly stage: StageOptions;
  /** Keeps a rejected line where `--rejects` asks for it. */
  readonly onReject: (reject: Reject) => void;
  /** Opens an output as `openOutput` does; what goes to standard output does not mix with the progress line. */
  readonly openOutput: (path: string) => Promise<OutputFile>;
  /** Writes a line of result to standard output, as it is. Waits where the reader is slow. */
  readonly print: (line: string) => Promise<void>;
  /** Writes a remark to standard error, unless `--quiet`. */
  readonly remark: (line: string) => void;
  /** Writes a result line to standard error, for commands whose standard output is data. */
  readonly report: (line: string) => void;
}

/** Gives the table its exact type, from which that of `run`'s arguments follows. */
export function defineCommand<const Options extends OptionTable, const Arguments extends ArgumentTable>(
  definition: CommandDefinition<Options, Arguments>,
): CommandDefinition<Options, Arguments> {
  return definition;
}

/** A command as the framework holds it: its own argument types are known only inside. */
export interface AnyCommand extends Omit<CommandDefinition, "run"> {
  run(args: never, context: CommandContext): Promise<number>;
}
