import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, ExpectedError } from "../base/errors.ts";
import type { MatrixRows } from "./matrix-rows.ts";

export interface MatrixStoreOptions {
  readonly width: number;
  /** How much of the matrix may stay in memory; default 512 MiB. Rows beyond it go to a temporary file. */
  readonly memoryBytes?: number | undefined;
  /** Where that file is made; default the system's temporary directory. */
  readonly directory?: string | undefined;
}

const CHUNK_BYTES = 1 << 20;

/**
 * A matrix that is written once, row after row, and then read in any order. The first rows stay in memory; the rest go to
 * a temporary file, which loses its name as soon as it is open where the system allows that, so nothing is left behind
 * even when the process is killed. Whoever makes a store closes it.
 */
export class MatrixStore implements MatrixRows {
  readonly width: number;
  readonly #chunkRows: number;
  readonly #memoryChunks: number;
  readonly #directory: string;
  readonly #chunks: Float32Array[] = [];
  /** The rows that do not fill a chunk yet. */
  #tail: Float32Array;
  #tailRows = 0;
  #rows = 0;
  #file: { readonly descriptor: number; readonly path: string; readonly named: boolean } | undefined;
  #fileChunks = 0;
  #closed = false;

  constructor({ width, memoryBytes = 512 * 2 ** 20, directory = tmpdir() }: MatrixStoreOptions) {
    assert(Number.isInteger(width) && width > 0, `a matrix of width ${width}`);
    this.width = width;
    this.#chunkRows = Math.max(1, Math.floor(CHUNK_BYTES / (4 * width)));
    this.#memoryChunks = Math.floor(memoryBytes / (4 * width * this.#chunkRows));
    this.#directory = directory;
    this.#tail = new Float32Array(this.#chunkRows * width);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Whether part of the matrix is in a file. */
  get spilled(): boolean {
    return this.#file !== undefined;
  }

  /**
   * Appends `rows` rows (all of `data` where not given), which are copied. Throws `output-failed` where the temporary
   * file cannot be made or written.
   */
  append(data: Float32Array, rows = data.length / this.width): void {
    assert(!this.#closed, "a closed store");
    assert(
      Number.isInteger(rows) && rows * this.width <= data.length,
      `${data.length} values are not ${rows} rows`,
    );
    for (let done = 0; done < rows;) {
      const part = Math.min(rows - done, this.#chunkRows - this.#tailRows);
      this.#tail.set(
        data.subarray(done * this.width, (done + part) * this.width),
        this.#tailRows * this.width,
      );
      this.#tailRows += part;
      this.#rows += part;
      done += part;
      if (this.#tailRows === this.#chunkRows) this.#keepTail();
    }
  }

  read(start: number, count: number, out: Float32Array): void {
    assert(!this.#closed, "a closed store");
    assert(
      start >= 0 && count >= 0 && start + count <= this.#rows,
      `rows ${start} to ${start + count} of ${this.#rows}`,
    );
    const { width } = this;
    for (let done = 0; done < count;) {
      const row = start + done;
      const chunk = Math.floor(row / this.#chunkRows);
      const within = row - chunk * this.#chunkRows;
      const part = Math.min(count - done, this.#chunkRows - within);
      const target = out.subarray(done * width, (done + part) * width);
      const memory = this.#inMemory(chunk);
      if (memory) target.set(memory.subarray(within * width, (within + part) * width));
      else this.#readFile(row - this.#chunks.length * this.#chunkRows, target);
      done += part;
    }
  }

  /** Frees the memory and removes the file. May be called more than once. */
  close(): void {
    this.#closed = true;
    this.#chunks.length = 0;
    this.#tail = new Float32Array(0);
    const file = this.#file;
    this.#file = undefined;
    if (!file) return;
    closeSync(file.descriptor);
    if (file.named) unlinkSync(file.path);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #inMemory(chunk: number): Float32Array | undefined {
    if (chunk < this.#chunks.length) return this.#chunks[chunk];
    return chunk === this.#chunks.length + this.#fileChunks ? this.#tail : undefined;
  }

  #keepTail(): void {
    if (this.#chunks.length < this.#memoryChunks) {
      this.#chunks.push(this.#tail);
      this.#tail = new Float32Array(this.#chunkRows * this.width);
    } else {
      this.#writeFile(this.#tail);
      this.#fileChunks++;
    }
    this.#tailRows = 0;
  }

  #writeFile(chunk: Float32Array): void {
    try {
      const { descriptor } = (this.#file ??= openTemporary(this.#directory));
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const position = this.#fileChunks * bytes.length;
      for (let done = 0; done < bytes.length;) {
        done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
      }
    } catch (cause) {
      this.close();
      const reason = cause instanceof Error ? cause.message : String(cause);
      const place = `the temporary file for rows beyond the memory limit, in ${this.#directory},`;
      throw new ExpectedError("output-failed", `${place} cannot be written: ${reason}`, undefined, { cause });
    }
  }

  #readFile(row: number, out: Float32Array): void {
    assert(this.#file !== undefined, "rows beyond memory are in the file");
    const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    const position = row * this.width * 4;
    for (let done = 0; done < bytes.length;) {
      const got = readSync(this.#file.descriptor, bytes, done, bytes.length - done, position + done);
      assert(got > 0, "the temporary file is shorter than what was written");
      done += got;
    }
  }
}

function openTemporary(directory: string): { descriptor: number; path: string; named: boolean } {
  const path = join(directory, `strayflow-${randomUUID()}.matrix`);
  const descriptor = openSync(path, "wx+", 0o600);
  try {
    unlinkSync(path);
    return { descriptor, path, named: false };
  } catch {
    // Windows keeps the name of an open file; close() removes it there.
    return { descriptor, path, named: true };
  }
}
