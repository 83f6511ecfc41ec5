import { closeSync, mkdtempSync, openSync, read, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ExpectedError } from "../base/errors.ts";
import { decodeBatch, encodeBatch } from "./batch-codec.ts";
import type { Batch, BatchSource } from "./batch.ts";

export interface BatchSpoolOptions {
  /** How much may be held in memory; what exceeds it goes to a temporary file. */
  readonly memoryBytes: number;
  /** Where the temporary file goes; the system's directory for such files unless told. */
  readonly directory?: string;
}

/** A stored batch: in memory, or a range of the file. */
type Stored = { readonly source: BatchSource } & (
  | { readonly bytes: Uint8Array }
  | { readonly offset: number; readonly length: number }
);

const readAt = promisify(read);

/**
 * Keeps the columns of batches, so that a log is read once and run through as often as needed; standard input could not be
 * read twice at all. The text of the rows is not kept, but for the uids: rows of a replay can be computed with, not shown.
 * Close it: the temporary file is removed then.
 */
export class BatchSpool implements AsyncDisposable {
  #rows = 0;
  readonly #memoryBytes: number;
  readonly #parent: string;
  readonly #stored: Stored[] = [];
  #bytesInMemory = 0;
  #file: { readonly directory: string; readonly descriptor: number; length: number } | undefined;

  constructor({ memoryBytes, directory = tmpdir() }: BatchSpoolOptions) {
    this.#memoryBytes = memoryBytes;
    this.#parent = directory;
  }

  /** Connections kept so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Keeps a copy of the batch's columns. Throws `ExpectedError` where the temporary file cannot be written. */
  append(batch: Batch): void {
    if (batch.rows === 0) return;
    const bytes = encodeBatch(batch);
    const { source } = batch;
    if (this.#file === undefined && this.#bytesInMemory + bytes.length <= this.#memoryBytes) {
      this.#bytesInMemory += bytes.length;
      this.#stored.push({ source, bytes });
    } else this.#stored.push({ source, ...this.#write(bytes) });
    this.#rows += batch.rows;
  }

  /** The batches so far, in order; may be run any number of times. Whoever receives a batch owns it. */
  async *replay(): AsyncGenerator<Batch, void, undefined> {
    let ahead = this.#load(this.#stored[0]);
    for (const [index, { source }] of this.#stored.entries()) {
      const bytes = await ahead;
      // The next one is read from the disk while the caller works on this one.
      ahead = this.#load(this.#stored[index + 1]);
      ahead.catch(() => {});
      yield decodeBatch(bytes, source);
    }
  }

  /** Lets go of everything, the temporary file included. */
  close(): void {
    this.#stored.length = 0;
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    closeSync(file.descriptor);
    rmSync(file.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #write(bytes: Uint8Array): { offset: number; length: number } {
    try {
      this.#file ??= openFile(this.#parent);
      const offset = this.#file.length;
      for (let done = 0; done < bytes.length;) {
        done += writeSync(this.#file.descriptor, bytes, done, bytes.length - done, offset + done);
      }
      this.#file.length += bytes.length;
      return { offset, length: bytes.length };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `cannot write a temporary file in ${this.#parent}: ${why}`;
      throw new ExpectedError("output-failed", message, undefined, { cause: error });
    }
  }

  async #load(stored: Stored | undefined): Promise<Uint8Array> {
    if (stored === undefined) return new Uint8Array(0);
    if ("bytes" in stored) return stored.bytes;
    const bytes = new Uint8Array(stored.length);
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await readAt(
        this.#file!.descriptor,
        bytes,
        done,
        bytes.length - done,
        stored.offset + done,
      );
      if (bytesRead === 0) throw new Error("the temporary file of a spool became shorter");
      done += bytesRead;
    }
    return bytes;
  }
}

/** A file of its own directory, which nobody else may read. */
function openFile(parent: string): { directory: string; descriptor: number; length: number } {
  const directory = mkdtempSync(join(parent, "strayflow-spool-"));
  return { directory, descriptor: openSync(join(directory, "batches"), "wx+", 0o600), length: 0 };
}
