import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { PassThrough, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import { unreachable } from "../../base/errors.ts";

export type Compression = "gzip" | "zstd" | "none";

/** What a compressed log's name ends in. */
export const compressionEndings = { gzip: ".gz", zstd: ".zst", none: "" } as const satisfies Record<
  Compression,
  string
>;

/** A text file that is compressed while it is written; holds no more than some megabytes. */
export interface LogFile {
  /** Takes ASCII text, or bytes that it then owns; waits while the disk is behind. */
  write(text: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** Gives up: closes the file as it is. */
  abandon(): Promise<void>;
}

/** Opens a new file; its bytes depend on the text and the compression only (gzip states no time). */
export function openLogFile(path: string, compression: Compression): LogFile {
  const head = compressor(compression);
  let failure: unknown;
  const done = pipeline(head, createWriteStream(path, { flags: "wx" })).catch((error: unknown) => {
    failure = error;
    // Wakes a writer that waits for a drain which will never come.
    head.emit("drain");
  });
  const check = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    async write(text) {
      check();
      const goOn = typeof text === "string" ? head.write(text, "latin1") : head.write(text);
      if (!goOn) await once(head, "drain");
      check();
    },
    async close() {
      check();
      head.end();
      await done;
      check();
    },
    async abandon() {
      head.destroy();
      await done;
    },
  };
}

const chunkSize = 1 << 18;

function compressor(compression: Compression): Transform {
  switch (compression) {
    case "gzip":
      // Level 6 makes files 7 % smaller in nearly twice the time.
      return createGzip({ level: 4, chunkSize });
    case "zstd":
      return createZstdCompress({ chunkSize });
    case "none":
      return new PassThrough({ highWaterMark: chunkSize });
    default:
      return unreachable(compression);
  }
}
