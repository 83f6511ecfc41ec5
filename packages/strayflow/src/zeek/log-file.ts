import { createReadStream } from "node:fs";
import { ExpectedError } from "../base/errors.ts";
import { decompress, sniffCompression, SNIFF_BYTES, type Damage } from "./decompress.ts";

/** The name of standard input among the inputs. */
export const STDIN = "-";

const READ_BYTES = 256 << 10;

/** The bytes of a log, decompressed, and what is to be known about them while and after they are read. */
export interface LogBytes {
  /** Plain bytes, in chunks that the reader may keep. To be run through once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes taken from the file so far, as it is on the disk. */
  readonly bytesRead: number;
  /** What was found wrong with the compression, once the chunks have ended. */
  readonly damage: Damage | undefined;
}

/** Opens a file, to be read `readBytes` at a time. What the file system refuses is thrown once a chunk is asked for. */
export function openFile(file: string, readBytes = READ_BYTES): LogBytes {
  return new OpenLog(file, () => createReadStream(file, { highWaterMark: readBytes }), true);
}

/** Opens a stream that can be read once, such as standard input or a pipe. */
export function openStream(file: string, stream: AsyncIterable<Uint8Array>): LogBytes {
  return new OpenLog(file, () => stream, false);
}

class OpenLog implements LogBytes {
  bytesRead = 0;
  damage: Damage | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #file: string;
  readonly #open: () => AsyncIterable<Uint8Array>;
  readonly #canReopen: boolean;

  constructor(file: string, open: () => AsyncIterable<Uint8Array>, canReopen: boolean) {
    this.#file = file;
    this.#open = open;
    this.#canReopen = canReopen;
    this.chunks = this.#read();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    const source = this.#counted()[Symbol.asyncIterator]();
    try {
      // A stream may hand over single bytes: gather as many as the verdict needs.
      const head: Uint8Array[] = [];
      let length = 0;
      while (length < SNIFF_BYTES) {
        const next = await source.next();
        if (next.done === true) break;
        head.push(next.value);
        length += next.value.length;
      }
      const rest = { [Symbol.asyncIterator]: () => chain(head, source) };
      const { kind, name } = sniffCompression(head.length === 1 ? head[0]! : Buffer.concat(head));
      if (kind === "unsupported") {
        const message = `the file is compressed with ${name}; strayflow reads plain, gzip and zstd files`;
        throw new ExpectedError("log-compression", message, { file: this.#file });
      }
      if (kind === "none") yield* rest;
      else {
        const reopen = this.#canReopen ? this.#open : undefined;
        yield* decompress(rest, kind, (damage) => (this.damage = damage), reopen);
      }
    } finally {
      await source.return?.();
    }
  }

  async *#counted(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#open()) {
        this.bytesRead += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw fileError(this.#file, error);
    }
  }
}

async function* chain(
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** The file system's refusal, in words; any other error as it is. */
export function fileError(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return new ExpectedError("input-missing", "no such file or directory", { file }, { cause: error });
    case "EACCES":
    case "EPERM":
      return new ExpectedError("input-unreadable", "no permission to read it", { file }, { cause: error });
    default:
      return new ExpectedError(
        "input-unreadable",
        `cannot be read: ${error.message}`,
        { file },
        { cause: error },
      );
  }
}
