import { zstdCompressSync, zstdDecompressSync, constants } from "node:zlib";
import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Batch, RowLayout } from "../../zeek/index.ts";
import type { LogKind } from "../sources/index.ts";
import { decodeBatch, encodeBatch } from "../../zeek/batch-codec.ts";

const VERSION = 2;

/** A batch, and the kind of log that it is from, as the journal keeps it: its columns to the bit, without the text they were read from. */
export function encodeEntry(batch: Batch, kind: LogKind): Uint8Array {
  const { file, layout } = batch.source;
  const out = new ByteWriter();
  out.uint8(VERSION);
  out.text(kind);
  out.text(file);
  out.text(JSON.stringify(layout));
  const columns = encodeBatch(batch);
  out.bytes(columns);
  const plain = out.finish();
  const entry = zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: FAST } });
  // Megabytes a second that would else wait for the garbage collector, or have it called.
  release(columns);
  release(plain);
  return entry;
}

/** The batch behind `encodeEntry`. Throws `store-damaged` where it cannot be that. */
export function decodeEntry(bytes: Uint8Array): { readonly batch: Batch; readonly kind: LogKind } {
  const input = new ByteReader(zstdDecompressSync(bytes), "an entry of the journal", "store-damaged");
  const version = input.uint8();
  input.expect(version === VERSION, `it has version ${version}, expected ${VERSION}`);
  const kind = input.text() === "open" ? "open" : "ended";
  const file = input.text();
  const layout = JSON.parse(input.text()) as RowLayout;
  // A Buffer's own slice would share memory where the codec wants copies.
  const batch = decodeBatch(new Uint8Array(input.bytes()), { file, layout });
  input.end();
  return { batch, kind };
}

function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** It is written for every row and read hardly ever. */
const FAST = 1;
