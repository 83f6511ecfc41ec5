import { ExpectedError } from "../base/errors.ts";
import type { Batch } from "./batch.ts";
import type { LogBytes } from "./log-file.ts";
import { LogScanner } from "./log-scanner.ts";
import type { Reject } from "./rejects.ts";
import type { ScanTally } from "./scan-tally.ts";

export interface LogReadingOptions {
  readonly batchRows?: number | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
  /** Called, and waited for, after every chunk of the file. */
  readonly onChunk?: (() => Promise<void> | void) | undefined;
}

/** How the reading of one log ended. */
export interface LogEnd {
  readonly tally: ScanTally;
  /** Why it gave no connection at all. */
  readonly problem: ExpectedError | undefined;
}

/**
 * Runs one log through a scanner: gives its batches one by one, then how it ended. Expected failures, the file system's included, end
 * up in `problem` or, where rows were read before, as a warning; only bugs are thrown.
 */
export async function* readLog(
  file: string,
  bytes: LogBytes,
  options: LogReadingOptions,
): AsyncGenerator<Batch, LogEnd, undefined> {
  const { batchRows, onReject, onChunk } = options;
  let batches: Batch[] = [];
  const scanner = new LogScanner({ file, batchRows, onReject, onBatch: (batch) => batches.push(batch) });
  let failure: ExpectedError | undefined;
  try {
    for await (const chunk of bytes.chunks) {
      scanner.push(chunk);
      await onChunk?.();
      if (batches.length > 0) {
        const ready = batches;
        batches = [];
        yield* ready;
      }
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    failure = error;
  }
  if (failure === undefined || failure.kind !== "log-format") scanner.flush();
  yield* batches;
  const { tally } = scanner;
  const { damage } = bytes;
  if (tally.rows > 0) {
    const message = failure?.message ?? damage?.message;
    if (message !== undefined) {
      tally.warnings.push({ file, message: `${message}; kept the ${tally.rows} connections before that` });
    }
    return { tally, problem: undefined };
  }
  if (failure !== undefined) return { tally, problem: failure };
  if (damage !== undefined) {
    const message = `${damage.message}; no connection could be read before that`;
    return { tally, problem: new ExpectedError("log-compression", message, { file }) };
  }
  return { tally, problem: scanner.problem() };
}
