import type { Worker } from "node:worker_threads";
import { ExpectedError } from "../base/errors.ts";
import { startWorker } from "../base/start-worker.ts";
import type { Batch } from "./batch.ts";
import type { LogEnd } from "./log-reading.ts";
import type { Reject } from "./rejects.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

export interface WorkerPoolOptions {
  readonly workers: number;
  readonly batchRows: number | undefined;
  readonly onReject: ((reject: Reject) => void) | undefined;
}

/**
 * Reads files on other threads, each file whole by one of them, and gives their batches file by file in the order named:
 * the same as reading them here one after the other. What is read ahead is bounded (`MAX_UNTAKEN_BYTES` a worker).
 */
export class WorkerPool {
  readonly #files: readonly string[];
  readonly #options: WorkerPoolOptions;
  readonly #workers: Worker[];
  /** The messages about each file that were not taken up yet, with the worker that sent them. */
  readonly #inbox: { readonly message: FromWorker; readonly from: Worker }[][];
  #nextFile = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(files: readonly string[], options: WorkerPoolOptions) {
    this.#files = files;
    this.#options = options;
    this.#inbox = files.map(() => []);
    // Files are given out in order, so the file that is waited for has always been given out already.
    this.#workers = Array.from({ length: Math.min(options.workers, files.length) }, () => this.#start());
  }

  /** The batches of one file, then how it ended. Files must be asked for in order, each to its end. */
  async *read(index: number, onBytes: (bytesRead: number) => void): AsyncGenerator<Batch, LogEnd, undefined> {
    const inbox = this.#inbox[index]!;
    for (;;) {
      while (inbox.length === 0) {
        if (this.#failure !== undefined) throw this.#failure.error;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      const { message, from } = inbox.shift()!;
      if (message.bytes > 0) post(from, { kind: "taken", bytes: message.bytes });
      onBytes(message.bytesRead);
      if (message.kind === "batch") yield message.batch;
      else if (message.kind === "rejects")
        for (const reject of message.rejects) this.#options.onReject?.(reject);
      else {
        const { tally, problem } = message;
        return { tally, problem: problem && new ExpectedError(problem.kind, problem.message, problem.place) };
      }
    }
  }

  /** Makes whoever waits, or asks from now on, fail with this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = startWorker(import.meta.url, "./reader-worker", { name: "strayflow reader" });
    worker.on("message", (message: FromWorker) => {
      this.#inbox[message.index]!.push({ message, from: worker });
      if (message.kind === "end") this.#giveOut(worker);
      this.#wake();
    });
    worker.on("error", (error) => this.fail(error));
    worker.on("exit", (code) => this.fail(new Error(`a reader thread ended by itself, with code ${code}`)));
    this.#giveOut(worker);
    return worker;
  }

  #giveOut(worker: Worker): void {
    const index = this.#nextFile;
    if (index >= this.#files.length) return;
    this.#nextFile++;
    const { batchRows, onReject } = this.#options;
    const wantsRejects = onReject !== undefined;
    post(worker, { kind: "read", index, file: this.#files[index]!, batchRows, wantsRejects });
  }
}

function post(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}
