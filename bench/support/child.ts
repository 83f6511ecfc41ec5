import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** The strayflow command, run from its sources. */
export const strayflowProgram = fileURLToPath(
  new URL("../../packages/strayflow/src/cli/main.ts", import.meta.url),
);

/** How a program that was run to its end went. */
export interface ChildRun {
  /** From start to end, the start of the process included. */
  readonly seconds: number;
  readonly stdout: string;
}

/**
 * Runs a program to its end. Every measurement has a process of its own, so that none inherits another's heap or compiled
 * code; and this process must stay small, since Linux counts the memory of the process that forks into the peak of the
 * one that is started. Throws with the end of what it said on standard error where it fails.
 */
export async function runProgram(
  command: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ChildRun> {
  const started = performance.now();
  const child = spawn(command, words, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const output = collect(child.stdout);
  const remarks = collect(child.stderr);
  const status = await new Promise<number | string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  const seconds = (performance.now() - started) / 1000;
  if (status === 0) return { seconds, stdout: output() };
  const line = [command, ...words].join(" ");
  const shown = line.length > 400 ? `${line.slice(0, 200)} ... ${line.slice(-200)}` : line;
  throw new Error(`${shown} ended with ${status}: ${remarks().slice(-2000)}`);
}

function collect(stream: Readable): () => string {
  const pieces: Buffer[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString("utf8");
}

/** Runs the strayflow command with `--json --quiet`, and gives what it printed. */
export async function runStrayflow<Result>(
  words: readonly string[],
): Promise<{ readonly seconds: number; readonly result: Result }> {
  const { seconds, stdout } = await runProgram(process.execPath, [
    strayflowProgram,
    ...words,
    "--json",
    "--quiet",
  ]);
  return { seconds, result: JSON.parse(stdout) as Result };
}

/** Runs one of the programs in `probes/`, which take one JSON object and print another. */
export async function runProbe<Result>(probe: URL, options: object): Promise<Result> {
  const { stdout } = await runProgram(process.execPath, [fileURLToPath(probe), JSON.stringify(options)]);
  return JSON.parse(stdout) as Result;
}

/** Seconds that zcat takes to unpack the files into nothing: the least that reading them can take. */
export async function zcatSeconds(files: readonly string[]): Promise<number> {
  const command = process.platform === "darwin" ? "gzcat" : "zcat";
  const started = performance.now();
  const child = spawn(command, files, { stdio: "ignore" });
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`)),
    );
  });
  return (performance.now() - started) / 1000;
}
