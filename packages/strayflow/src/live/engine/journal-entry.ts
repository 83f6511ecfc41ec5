import { zstdCompressSync, zstdDecompressSync, constants } from "node:zlib";
import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Batch, RowLayout } from "../../zeek/index.ts";
import { decodeBatch, encodeBatch } from "../../zeek/batch-codec.ts";

const VERSION = 1;

/** A batch as the journal keeps it: its columns to the bit, without the text they were read from. */
export function encodeEntry(batch: Batch): Uint8Array {
  const { file, layout } = batch.source;
  const out = new ByteWriter();
  out.uint8(VERSION);
  out.text(file);
  out.text(JSON.stringify(layout));
  out.bytes(encodeBatch(batch));
  return zstdCompressSync(out.finish(), { params: { [constants.ZSTD_c_compressionLevel]: FAST } });
}

/** The batch behind `encodeEntry`. Throws `store-damaged` where it cannot be that. */
export function decodeEntry(bytes: Uint8Array): Batch {
  const input = new ByteReader(zstdDecompressSync(bytes), "an entry of the journal", "store-damaged");
  const version = input.uint8();
  input.expect(version === VERSION, `it has version ${version}, expected ${VERSION}`);
  const file = input.text();
  const layout = JSON.parse(input.text()) as RowLayout;
  // A Buffer's own slice would share memory where the codec wants copies.
  const batch = decodeBatch(new Uint8Array(input.bytes()), { file, layout });
  input.end();
  return batch;
}

/** It is written for every row and read hardly ever. */
const FAST = 1;
