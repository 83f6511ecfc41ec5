import { createReadStream } from "node:fs";
import { availableParallelism } from "node:os";
import { ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import type { Batch } from "./batch.ts";
import { findInputs, type LogInput } from "./inputs.ts";
import { abortable } from "./abortable.ts";
import { openFile, openStream, STDIN } from "./log-file.ts";
import { readLog, type LogEnd } from "./log-reading.ts";
import type { Reject } from "./rejects.ts";
import { addTally, emptyTally, type ScanTally } from "./scan-tally.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface ReadOptions extends StageOptions {
  /** Connections a batch; 8192 unless told. At most `MAX_BATCH_ROWS`. */
  readonly batchRows?: number | undefined;
  /** Threads that read beside the caller's; 0 reads on the caller's. Chosen by the size of the input unless told. */
  readonly workers?: number | undefined;
  /** Hears of every line that should have been a connection and is not. */
  readonly onReject?: ((reject: Reject) => void) | undefined;
  /** What `-` stands for; the process's own standard input unless told. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
}

/** What has been read so far; complete when the iteration has ended. */
export interface ReadTally extends Readonly<ScanTally> {
  /** Logs that were read to their end. */
  readonly files: number;
}

export interface ConnectionReader extends AsyncIterable<Batch> {
  readonly tally: ReadTally;
}

/** Below so many bytes on the disk, starting a thread takes longer than it saves. */
const WORTH_A_THREAD = 8 << 20;

/** Each thread takes up to 70 MB; more of them wait for the disk. */
const MOST_THREADS = 4;

/**
 * Reads the connections of Zeek logs, TSV or JSON, plain, gzip or zstd, as batches in the order of time.
 *
 * `inputs` are files, directories, globs and `-`. Nothing is opened before the iteration starts; it can be run once.
 * Batches come in the same order however many threads read; whoever receives a batch owns it. Memory does not grow with
 * the input.
 *
 * Lines that are no connections are counted by reason in `tally` and go to `onReject`. Throws `ExpectedError` where an
 * input does not exist or cannot be opened, and where not one connection was read; a file among several that gives
 * none ends up in `tally.warnings`. An abort of `signal` throws its reason, within a chunk's time. Leaving the iteration
 * early ends all threads and closes all files.
 */
export function readConnections(inputs: readonly string[], options: ReadOptions = {}): ConnectionReader {
  const tally = { ...emptyTally(), files: 0 };
  return { tally, [Symbol.asyncIterator]: () => readAll(inputs, options, tally) };
}

type GrowingTally = ScanTally & { files: number };

async function* readAll(
  inputs: readonly string[],
  options: ReadOptions,
  tally: GrowingTally,
): AsyncGenerator<Batch, void, undefined> {
  const { signal, batchRows, onReject } = options;
  signal?.throwIfAborted();
  const { files, warnings } = await findInputs(inputs, signal);
  tally.warnings.push(...warnings);
  const onDisk = files.filter(({ bytes }) => bytes !== undefined);
  const workers = Math.min(options.workers ?? usefulWorkers(onDisk), onDisk.length);
  const paths = onDisk.map(({ file }) => file);
  const pool = workers > 0 ? new WorkerPool(paths, { workers, batchRows, onReject }) : undefined;
  const abort = () => pool?.fail(signal?.reason);
  signal?.addEventListener("abort", abort);
  const progress = new Progressing(files, options, tally);
  const problems: ExpectedError[] = [];
  try {
    for (const input of files) {
      const index = onDisk.indexOf(input);
      const onBytes = (bytes: number) => progress.at(bytes);
      const reading =
        pool !== undefined && index >= 0 ? pool.read(index, onBytes) : readHere(input, options, onBytes);
      const { tally: read, problem } = yield* progress.follow(reading);
      addTally(tally, read);
      tally.files++;
      if (problem === undefined) continue;
      if (input.isNamed && isAboutFile(problem)) throw problem;
      problems.push(problem);
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    await pool?.close();
  }
  judge(problems, tally);
}

function readHere(
  { file, bytes }: LogInput,
  options: ReadOptions,
  onBytes: (bytesRead: number) => void,
): AsyncGenerator<Batch, LogEnd, undefined> {
  const { signal, batchRows, onReject, stdin = process.stdin } = options;
  const stream = () => abortable(file === STDIN ? stdin : createReadStream(file), signal);
  const source = bytes === undefined ? openStream(file, stream()) : openFile(file);
  const onChunk = () => {
    signal?.throwIfAborted();
    onBytes(source.bytesRead);
  };
  return readLog(file, source, { batchRows, onReject, onChunk });
}

/** Counts what passes through, tells of it, and stops at an abort. */
class Progressing {
  readonly #options: ReadOptions;
  readonly #tally: GrowingTally;
  readonly #totalBytes: number | undefined;
  #bytesBefore = 0;
  #bytes = 0;

  constructor(files: readonly LogInput[], options: ReadOptions, tally: GrowingTally) {
    this.#options = options;
    this.#tally = tally;
    const total = files.reduce((sum, { bytes }) => sum + (bytes ?? NaN), 0);
    this.#totalBytes = Number.isNaN(total) ? undefined : total;
  }

  /** So much of the current file has been read. */
  at(bytes: number): void {
    this.#bytes = bytes;
  }

  async *follow(reading: AsyncGenerator<Batch, LogEnd, undefined>): AsyncGenerator<Batch, LogEnd, undefined> {
    const { signal, onProgress } = this.#options;
    try {
      for (;;) {
        const next = await reading.next();
        signal?.throwIfAborted();
        if (next.done === true) {
          this.#bytesBefore += this.#bytes;
          this.#bytes = 0;
          // Its rows were counted as they came.
          return { ...next.value, tally: { ...next.value.tally, rows: 0 } };
        }
        this.#tally.rows += next.value.rows;
        const bytes = this.#bytesBefore + this.#bytes;
        const total = this.#totalBytes === undefined ? {} : { totalBytes: this.#totalBytes };
        onProgress?.({ stage: "read", rows: this.#tally.rows, bytes, ...total });
        yield next.value;
        signal?.throwIfAborted();
      }
    } finally {
      await reading.return({ tally: emptyTally(), problem: undefined });
    }
  }
}

/**
 * The caller's thread computes with what was read and zlib has threads of its own, so one thread more keeps two cores
 * busy; where there are more cores, several files are read side by side.
 */
function usefulWorkers(files: readonly LogInput[]): number {
  const bytes = files.reduce((sum, file) => sum + file.bytes!, 0);
  return bytes < WORTH_A_THREAD
    ? 0
    : Math.min(files.length, Math.max(1, availableParallelism() - 1), MOST_THREADS);
}

/** True where the file itself could not be read, whatever is in it. */
function isAboutFile({ kind }: ExpectedError): boolean {
  return kind === "input-missing" || kind === "input-unreadable";
}

/** Logs without connections among others are worth a warning; nothing but such logs is a failure. */
function judge(problems: readonly ExpectedError[], tally: GrowingTally): void {
  const [first] = problems;
  if (tally.rows === 0 && first !== undefined) {
    if (problems.length === 1) throw first;
    const message = `none of the ${problems.length} logs holds a connection; the first: ${first.message}`;
    throw new ExpectedError(first.kind, message, first.place, { cause: first });
  }
  for (const { message, place } of problems) tally.warnings.push({ file: "", ...place, message });
}
