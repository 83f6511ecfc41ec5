import { ExpectedError } from "../../base/errors.ts";
import { openFile } from "../../zeek/log-file.ts";
import { haveSameStart } from "./head.ts";
import { HeaderLines } from "./header-lines.ts";
import type { FileEntry, LogState } from "./log-state.ts";
import { openSame, readAt } from "./read-head.ts";

/** How the reading of a compressed file ended. */
export type CompressedEnd =
  | { readonly kind: "whole" }
  | { readonly kind: "cut"; readonly message: string }
  | { readonly kind: "damaged"; readonly message: string }
  /** The file holds another log than it did. */
  | { readonly kind: "replaced" };

/** What comes of a compressed file: the header, where bytes go on in the middle of the log, then those bytes. */
export type CompressedPiece =
  | { readonly kind: "header"; readonly bytes: Uint8Array }
  | { readonly kind: "bytes"; readonly chunk: Uint8Array };

/** Plain bytes of a compressed file from where its log has been handed over to. What comes before is passed over. */
export async function* readCompressed(
  file: FileEntry,
  log: LogState,
): AsyncGenerator<CompressedPiece, CompressedEnd, undefined> {
  if (log.offset > 0 && (await endsAt(file, log.offset))) return { kind: "whole" };
  const from = log.offset;
  const header = new HeaderLines();
  if (log.inheritedHeader !== undefined) header.push(log.inheritedHeader);
  const input = openFile(file.path);
  let at = 0;
  let isFirst = log.needsHeader;
  try {
    for await (const chunk of input.chunks) {
      if (at < log.head.length && !haveSameStart(chunk, log.head.subarray(at))) return { kind: "replaced" };
      const skipped = Math.min(chunk.length, Math.max(0, from - at));
      if (isFirst && skipped > 0) header.push(chunk.subarray(0, skipped));
      at += chunk.length;
      if (skipped === chunk.length) continue;
      if (isFirst) yield { kind: "header", bytes: header.bytes };
      isFirst = false;
      yield { kind: "bytes", chunk: skipped === 0 ? chunk : chunk.subarray(skipped) };
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    if (error.kind === "input-missing") return { kind: "replaced" };
    return { kind: "damaged", message: error.message };
  }
  const { damage } = input;
  if (damage === undefined) return { kind: "whole" };
  return { kind: damage.isCutShort ? "cut" : "damaged", message: damage.message };
}

/** Whether a gzip file holds just so many plain bytes, as its last four bytes say modulo 2^32; saves passing over a log that is known. */
async function endsAt(file: FileEntry, length: number): Promise<boolean> {
  if (file.compression !== "gzip" || file.state.size < 18) return false;
  const handle = await openSame(file);
  if (handle === undefined) return false;
  try {
    const last = await readAt(handle, file.state.size - 4, 4);
    return last.length === 4 && new DataView(last.buffer).getUint32(0, true) === length % 2 ** 32;
  } finally {
    await handle.close();
  }
}
