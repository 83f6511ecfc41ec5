import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { open, realpath, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { ExpectedError } from "../base/errors.ts";
import { outputError, systemCode } from "./output-error.ts";
import { writeToStream } from "./stream.ts";

/**
 * Something that a run writes. A regular file appears under its name only when `commit` has succeeded: until then the
 * bytes stand in a hidden file beside it, which disposal removes. Pipes and devices are written directly.
 *
 * Failures are ExpectedErrors of kind "output-failed" that name the path and the reason, except for a standard output
 * that nobody reads any more: that stays the stream's own error (EPIPE).
 */
export interface OutputFile extends AsyncDisposable {
  /** As the user gave it; `-` for standard output. */
  readonly path: string;
  /** Whether `patch` works, that is: whether this is a regular file. */
  readonly seekable: boolean;
  /** Appends; resolves when the next chunk may come. The bytes must not change before that. */
  write(chunk: Uint8Array | string): Promise<void>;
  /** Appends without yielding, for callbacks that cannot wait. Not for standard output. */
  writeNow(chunk: Uint8Array | string): void;
  /** Overwrites bytes that were written before; only where `seekable`. */
  patch(position: number, bytes: Uint8Array): Promise<void>;
  /** Makes the file durable and visible under its name. */
  commit(): Promise<void>;
}

/**
 * Opens an output; `-` is standard output. Opening fails at once where writing never could work, so that a long run does
 * not end in that discovery.
 *
 * @throws ExpectedError "output-failed"
 */
export async function openOutput(path: string, stdout: Writable): Promise<OutputFile> {
  if (path === "-") return streamOutput(stdout);
  return await naming(path, async () => {
    const found = await stat(path).catch((error: unknown) => {
      if (systemCode(error) === "ENOENT") return undefined;
      throw error;
    });
    if (found?.isDirectory()) {
      throw new ExpectedError("output-failed", "expected a file to write, found a directory", { file: path });
    }
    if (found !== undefined && !found.isFile()) return directOutput(path, await open(path, "w"));
    // Through a link, so that the link stays and the file that it names is replaced.
    const target = found === undefined ? path : await realpath(path);
    const temporary = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.tmp`);
    const handle = await open(temporary, "wx", found === undefined ? 0o666 : found.mode & 0o777);
    return atomicOutput(path, { handle, temporary, target });
  });
}

function atomicOutput(
  path: string,
  { handle, temporary, target }: { handle: FileHandle; temporary: string; target: string },
): OutputFile {
  let position = 0;
  let isOpen = true;
  const close = async () => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    path,
    seekable: true,
    async write(chunk) {
      const bytes = bytesOf(chunk);
      await naming(path, () => writeAt(handle, bytes, position));
      position += bytes.length;
    },
    writeNow(chunk) {
      position += namingNow(path, () => writeWhole(handle.fd, bytesOf(chunk), position));
    },
    patch: (at, bytes) => naming(path, () => writeAt(handle, bytes, at)),
    commit: () =>
      naming(path, async () => {
        await handle.sync();
        await close();
        await rename(temporary, target);
      }),
    async [Symbol.asyncDispose]() {
      await close().catch(() => undefined);
      // After a commit there is nothing under that name any more.
      await rm(temporary, { force: true });
    },
  };
}

function directOutput(path: string, handle: FileHandle): OutputFile {
  let isOpen = true;
  const close = async () => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    path,
    seekable: false,
    write: (chunk) => naming(path, () => writeAt(handle, bytesOf(chunk), null)),
    writeNow(chunk) {
      namingNow(path, () => writeWhole(handle.fd, bytesOf(chunk), null));
    },
    patch: () => Promise.reject(new Error(`${path} cannot be written out of order`)),
    commit: () => naming(path, close),
    [Symbol.asyncDispose]: () => close().catch(() => undefined),
  };
}

function streamOutput(stream: Writable): OutputFile {
  return {
    path: "-",
    seekable: false,
    write: (chunk) => writeToStream(stream, chunk),
    writeNow: () => {
      throw new Error("standard output can only be written with waiting");
    },
    patch: () => Promise.reject(new Error("standard output cannot be written out of order")),
    commit: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number | null): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const at = position === null ? null : position + done;
    done += (await handle.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
}

function writeWhole(fd: number, bytes: Uint8Array, position: number | null): number {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(fd, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
  return done;
}

function bytesOf(chunk: Uint8Array | string): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

async function naming<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw outputError(path, error);
  }
}

function namingNow<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw outputError(path, error);
  }
}
