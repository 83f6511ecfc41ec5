import { program } from "../base/program.ts";
import { StdoutClosed, type Io } from "./io.ts";
import { errorReport, exitStatus } from "./error-report.ts";
import { runCli } from "./run.ts";

/** The only place that knows the process: its streams, its signals, its end. */
const controller = new AbortController();

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  // A terminal that does not know its size says 0.
  columns: process.stdout.columns || process.stderr.columns || 100,
  now: () => performance.now(),
  signal: controller.signal,
  onHangup(listener) {
    process.on("SIGHUP", listener);
    return () => process.off("SIGHUP", listener);
  },
};

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The first one lets the run remove what is half written; who asks twice wants out.
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    // A reader that waits for standard input would wait for ever.
    process.stdin.destroy();
  });
}
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") controller.abort(new StdoutClosed());
});
process.stderr.on("error", () => undefined);
process.on("uncaughtException", (error) => {
  process.stderr.write(errorReport(error, process.argv.includes("--debug")));
  process.exit(exitStatus(error));
});

const status = await runCli(process.argv.slice(2), io, program.version);
// Whatever is still open (a pool of threads, a terminal's input) must not keep a finished run alive.
process.stdout.write("", () => process.exit(status));
