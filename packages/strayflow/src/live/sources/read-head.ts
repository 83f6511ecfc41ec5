import { open, type FileHandle } from "node:fs/promises";
import { constants, gunzipSync } from "node:zlib";
import { sniffCompression, SNIFF_BYTES } from "../../zeek/decompress.ts";
import { fileError, openFile } from "../../zeek/log-file.ts";
import { fileState } from "./file-state.ts";
import { HEAD_BYTES } from "./head.ts";
import type { FileEntry } from "./log-state.ts";
import { isMissing } from "./tree.ts";

/** The start of a gzip file that expands to more is looked into piece by piece. */
const MAX_START_BYTES = 4 << 20;
const COMPRESSED_READ_BYTES = 16 << 10;

/** The first plain bytes of a file, and how it is compressed; undefined where it is too short to tell. Throws what the file system refuses, in words. */
export async function readHead(
  file: FileEntry,
): Promise<{ readonly head: Uint8Array; readonly compression: FileEntry["compression"] }> {
  const head = await readStart(file);
  if (head.length < SNIFF_BYTES && couldBeMagic(head)) {
    return { head: new Uint8Array(0), compression: undefined };
  }
  const compression = sniffCompression(head).kind;
  if (compression === "none") return { head, compression };
  if (compression === "unsupported") {
    const { name } = sniffCompression(head);
    throw new Error(`it is compressed with ${name}; strayflow reads plain, gzip and zstd files`);
  }
  const plain = compression === "gzip" ? startOfGzip(head) : undefined;
  if (plain !== undefined) return { head: plain, compression };
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of openFile(file.path, COMPRESSED_READ_BYTES).chunks) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= HEAD_BYTES) break;
  }
  return { head: new Uint8Array(Buffer.concat(chunks).subarray(0, HEAD_BYTES)), compression };
}

/** The head out of the first bytes of a gzip file, if they are enough; a stream for each of thousands of files would take longer. */
function startOfGzip(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const plain = gunzipSync(bytes, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_START_BYTES,
    });
    return plain.length < HEAD_BYTES ? undefined : new Uint8Array(plain.subarray(0, HEAD_BYTES));
  } catch {
    return undefined;
  }
}

/** No log begins with less than this; a compressed file may be caught when it is as short. */
function couldBeMagic(head: Uint8Array): boolean {
  return head.length === 0 || head[0] === 0x1f || head[0] === 0x28 || (head[0]! & 0xf0) === 0x50;
}

async function readStart(file: FileEntry): Promise<Uint8Array> {
  const handle = file.handle ?? (await openSame(file));
  if (handle === undefined) return new Uint8Array(0);
  try {
    return await readAt(handle, 0, HEAD_BYTES);
  } finally {
    if (handle !== file.handle) await handle.close();
  }
}

/** Up to `length` bytes from `offset` on, in memory of their own. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return bytesRead === length ? buffer : buffer.slice(0, bytesRead);
}

/** Opens a file, unless another one has its name by now. What the file system refuses is thrown in words. */
export async function openSame(file: FileEntry): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file.path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError(file.path, error);
  }
  const { key } = fileState(await handle.stat({ bigint: true }));
  if (key === file.state.key) return handle;
  await handle.close();
  return undefined;
}
