import type { StageOptions } from "../base/stage.ts";
import { ExpectedError, isAbort } from "../base/errors.ts";
import { openOutput } from "../output/output-file.ts";
import { openRejectFile, type RejectFile } from "../output/reject-file.ts";
import { writeToStream } from "../output/stream.ts";
import type { AnyCommand, CommandContext } from "./command.ts";
import { parseCommandLine } from "./command-line.ts";
import { errorReport, exitStatus } from "./error-report.ts";
import { StdoutClosed, type Io } from "./io.ts";
import type { CommonArguments } from "./options.ts";
import { progressLine, silentProgress, type ProgressLine } from "./progress-line.ts";

/** Exit status of a run that the user ended: 128 and the number of SIGINT, as shells count. */
const INTERRUPTED = 130;

/**
 * Runs one command line from beginning to end; the only catch of the program. Nothing is left running or half written
 * when the promise resolves.
 *
 * @param words without the program's own name
 * @returns the exit status
 */
export async function runCli(words: readonly string[], io: Io, version: string): Promise<number> {
  try {
    const invocation = await parseCommandLine(words, io.env, version);
    if (invocation.kind === "text") {
      await writeToStream(io.stdout, invocation.text);
      return 0;
    }
    return await runCommand(invocation.command, invocation.args, io);
  } catch (error) {
    if (isStdoutClosed(error, io)) return 0;
    if (io.signal.aborted || isAbort(error)) {
      io.stderr.write("strayflow: interrupted; nothing was left half done\n");
      return INTERRUPTED;
    }
    const isDebug = words.includes("--debug") || /^(1|true|yes|on)$/i.test(io.env["STRAYFLOW_DEBUG"] ?? "");
    io.stderr.write(errorReport(error, isDebug));
    return exitStatus(error);
  }
}

async function runCommand(
  command: AnyCommand,
  args: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<number> {
  const { quiet, rejects: rejectPath } = args as unknown as CommonArguments;
  if (rejectPath === "-") {
    throw new ExpectedError("usage", "--rejects expects a file, found - (standard output is for results)");
  }
  const progress = quiet ? silentProgress : progressLine(io);
  await using rejects = rejectPath === undefined ? undefined : await openRejectFile(rejectPath, io.stdout);
  try {
    const context = commandContext(io, progress, rejects, quiet);
    const status = await command.run(args as never, context);
    await rejects?.commit();
    return status;
  } catch (error) {
    // When nothing could be read, the rejected lines are the one thing worth having.
    if (error instanceof ExpectedError && error.kind !== "output-failed") await rejects?.commit();
    throw error;
  } finally {
    progress.clear();
  }
}

function commandContext(
  io: Io,
  progress: ProgressLine,
  rejects: RejectFile | undefined,
  quiet: boolean,
): CommandContext {
  const report = (line: string) => {
    progress.clear();
    io.stderr.write(`${line}\n`);
  };
  const stage: StageOptions = { signal: io.signal, onProgress: progress.onProgress };
  return {
    io,
    stage,
    onReject: (reject) => rejects?.add(reject),
    async openOutput(path) {
      const output = await openOutput(path, io.stdout);
      return path === "-" ? { ...output, write: (chunk) => (progress.clear(), output.write(chunk)) } : output;
    },
    print(line) {
      progress.clear();
      return writeToStream(io.stdout, `${line}\n`);
    },
    report,
    remark: quiet ? () => undefined : report,
  };
}

/** `strayflow ... | head`: the reader has seen enough, which is no failure. */
function isStdoutClosed(error: unknown, io: Io): boolean {
  if (io.signal.reason instanceof StdoutClosed) return true;
  return (
    !(error instanceof ExpectedError) && error instanceof Error && "code" in error && error.code === "EPIPE"
  );
}
