import { setTimeout as sleep } from "node:timers/promises";
import { Readable } from "node:stream";
import type { Io } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run.ts";
import { collector } from "../output/collect.ts";

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  readonly env?: Io["env"];
  readonly stdin?: string | Uint8Array;
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
  readonly columns?: number;
}

export const testVersion = "1.2.3-test";

/** Runs a command line as the program would, without a process. */
export async function run(words: readonly string[], circumstances: Circumstances = {}): Promise<Finished> {
  const {
    env = {},
    stdin,
    isTTY = false,
    signal = new AbortController().signal,
    columns = 100,
  } = circumstances;
  const stdout = Object.assign(collector(), { isTTY });
  const stderr = Object.assign(collector(), { isTTY });
  const io: Io = {
    stdin: Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]),
    stdout,
    stderr,
    env,
    columns,
    now: () => performance.now(),
    signal,
  };
  const status = await runCli(words, io, testVersion);
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

/** Fires after some milliseconds, as a person's Ctrl-C would. */
export function abortAfter(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  void sleep(milliseconds).then(() => controller.abort());
  return controller.signal;
}
