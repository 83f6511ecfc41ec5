import { ExpectedError } from "../base/errors.ts";
import { openFile } from "./log-file.ts";
import { LogScanner } from "./log-scanner.ts";

/** How far into a (decompressed) file its first connection is looked for. */
const PEEK_BYTES = 1 << 20;
const PEEK_READ_BYTES = 16 << 10;
const STEP_BYTES = 4096;

/**
 * Start time of the first connection of a log, seconds since 1970; undefined where there is none near its start, for
 * whatever reason. A reason that matters comes up again when the file is read.
 */
export async function firstTime(file: string, signal: AbortSignal | undefined): Promise<number | undefined> {
  let time: number | undefined;
  const scanner = new LogScanner({ file, batchRows: 1, onBatch: (batch) => (time ??= batch.ts[0]) });
  let bytes = 0;
  try {
    for await (const chunk of openFile(file, PEEK_READ_BYTES).chunks) {
      signal?.throwIfAborted();
      for (let from = 0; from < chunk.length && time === undefined; from += STEP_BYTES) {
        scanner.push(chunk.subarray(from, from + STEP_BYTES));
      }
      bytes += chunk.length;
      if (time !== undefined || bytes > PEEK_BYTES) return time;
    }
    scanner.flush();
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
  }
  return time;
}
