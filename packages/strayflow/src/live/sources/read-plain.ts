import { haveSameStart, HEAD_BYTES } from "./head.ts";
import { HeaderLines } from "./header-lines.ts";
import type { FileEntry, LogState } from "./log-state.ts";
import { openSame, readAt } from "./read-head.ts";

const READ_BYTES = 512 << 10;
const FIRST_READ_BYTES = 64 << 10;

/** A stretch of a log, or the news that the file does not hold the log any more. */
export type Piece =
  | { readonly kind: "bytes"; readonly chunk: Uint8Array; readonly head: Uint8Array }
  | { readonly kind: "replaced" }
  | { readonly kind: "none" };

/**
 * Reads on in a plain file where its log has been handed over to. The head is looked at after the bytes were read: where
 * it is still the same, the file was not cut and written anew before, so that the bytes are what follows.
 */
export async function readPlain(file: FileEntry, log: LogState): Promise<Piece> {
  file.handle ??= await openSame(file);
  if (file.handle === undefined) return { kind: "none" };
  const { handle } = file;
  const left = file.state.size - log.offset;
  const chunk = await readAt(handle, log.offset, Math.min(READ_BYTES, Math.max(left, FIRST_READ_BYTES)));
  const known = log.head;
  const head = await readAt(handle, 0, known.length === 0 ? HEAD_BYTES : known.length);
  if (head.length < known.length || !haveSameStart(head, known)) return { kind: "replaced" };
  if (chunk.length === 0) return { kind: "none" };
  if (known.length === HEAD_BYTES) return { kind: "bytes", chunk, head: known };
  // No more than what was read: the rest of a longer head may have come after a cut.
  const length = Math.min(HEAD_BYTES, log.offset + chunk.length);
  const grown = new Uint8Array(Math.max(length, known.length));
  grown.set(known);
  if (length > known.length) {
    if (log.offset > known.length) {
      const between = await readAt(handle, 0, length);
      if (!haveSameStart(between, known)) return { kind: "replaced" };
      grown.set(between);
    } else grown.set(chunk.subarray(known.length - log.offset, length - log.offset), known.length);
  }
  return { kind: "bytes", chunk, head: grown };
}

/** The header that is in force at the place up to which a log has been handed over. */
export async function headerOf(file: FileEntry, log: LogState): Promise<Uint8Array | undefined> {
  file.handle ??= await openSame(file);
  if (file.handle === undefined) return undefined;
  const header = new HeaderLines();
  if (log.inheritedHeader !== undefined) header.push(log.inheritedHeader);
  for (let at = 0; at < log.offset;) {
    const chunk = await readAt(file.handle, at, Math.min(READ_BYTES, log.offset - at));
    if (chunk.length === 0) break;
    header.push(chunk);
    at += chunk.length;
  }
  return header.bytes;
}

/** The end of the last complete line of a file that is being written. */
export async function lastLineEnd(file: FileEntry): Promise<number> {
  const handle = await openSame(file);
  if (handle === undefined) return 0;
  try {
    for (let to = file.state.size; to > 0;) {
      const from = Math.max(0, to - FIRST_READ_BYTES);
      const lineFeed = (await readAt(handle, from, to - from)).lastIndexOf(10);
      if (lineFeed >= 0) return from + lineFeed + 1;
      to = from;
    }
    return 0;
  } finally {
    await handle.close();
  }
}
