import { once } from "node:events";
import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { ExpectedError } from "../base/errors.ts";
import { knownPairs, type KnownTraffic } from "../detect/detectors/known-pairs.ts";
import { saveJudge, type JudgeMemory } from "../detect/judge.ts";
import { decodeExamples, encodeExamples, type NormalExamples } from "../detect/reason-neighbours.ts";
import type { Preset } from "../features/index.ts";

/** What a model remembers of the traffic when training ended, and goes on from when scoring begins. */
export interface SavedMemory {
  readonly known: KnownTraffic;
  readonly extractor: Uint8Array;
  /** Some of the training rows, to hold unusual ones against. */
  readonly examples: NormalExamples;
  /** Absent for presets that do not hear hosts. */
  readonly judge: Uint8Array | undefined;
  /** Gives back the memory that `extractor` and `judge` stand in, rather than let it wait for the garbage collector. */
  release(): void;
}

/** Whether the preset's rows are judged by the history of hosts and by named detectors, or by the network alone. */
export function hearsHosts(preset: Preset): boolean {
  return preset === "behavior";
}

/** What there is to remember. */
interface MemoryParts {
  readonly known: KnownTraffic;
  readonly extractor: Uint8Array;
  readonly examples: NormalExamples;
  readonly judge: JudgeMemory | undefined;
}

/** Bytes of `memory.bin`: zstd over the four parts, each with its length before it. */
export function encodeMemory(memory: MemoryParts): Uint8Array {
  return zstdCompressSync(writeMemory(memory, memory.judge && saveJudge(memory.judge)).finish());
}

/**
 * The same memory, taken down at once and compressed on other threads, with less effort and without a further copy of
 * it: for what is saved each minute beside a stream that goes on. Takes `memory.extractor` over.
 */
export async function encodeMemoryAside(memory: MemoryParts): Promise<Uint8Array> {
  const judge = memory.judge && saveJudge(memory.judge);
  const parts = writeMemory(memory, judge).parts();
  const stream = createZstdCompress({
    chunkSize: CHUNK_BYTES,
    // So that the frame says how long its content is.
    pledgedSrcSize: parts.reduce((sum, part) => sum + part.length, 0),
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  const failed = new Promise<never>((_, reject) => stream.on("error", reject));
  failed.catch(() => undefined);
  const collected = collect(stream);
  collected.catch(() => undefined);
  for (const part of parts) {
    for (let from = 0; from < part.length; from += CHUNK_BYTES) {
      const isTaken = stream.write(part.subarray(from, from + CHUNK_BYTES));
      if (!isTaken) await Promise.race([once(stream, "drain"), failed]);
    }
  }
  stream.end();
  const bytes = await Promise.race([collected, failed]);
  // Some hundred megabytes at times, which would wait for the garbage collector.
  for (const part of [memory.extractor, judge])
    if (part?.buffer instanceof ArrayBuffer) part.buffer.transfer(0);
  return bytes;
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

const CHUNK_BYTES = 1 << 20;

function writeMemory(memory: Omit<MemoryParts, "judge">, judge: Uint8Array = new Uint8Array(0)): ByteWriter {
  const known = new ByteWriter();
  knownPairs.encode(memory.known, known);
  const out = new ByteWriter();
  out.bytes(known.finish());
  out.bytes(memory.extractor);
  out.bytes(encodeExamples(memory.examples));
  out.bytes(judge);
  return out;
}

/**
 * Reads what `encodeMemory` wrote. The features' and the judge's memory are views of one large buffer, to be released once
 * they are read. Throws `model-damaged` where it cannot be that.
 */
export function decodeMemory(bytes: Uint8Array): SavedMemory {
  let plain: Buffer<ArrayBuffer>;
  try {
    // One chunk for all of it: many that are put together afterwards take the memory twice, and leave holes in it.
    const length = contentLength(bytes);
    plain = zstdDecompressSync(bytes, length === undefined ? {} : { chunkSize: length + 1 });
  } catch (cause) {
    throw new ExpectedError("model-damaged", "the model's memory is not what zstd wrote", undefined, {
      cause,
    });
  }
  const input = new ByteReader(plain, "the model's memory");
  const known = new ByteReader(input.bytes(), "the model's known traffic");
  const extractor = input.view();
  const examples = decodeExamples(input.bytes());
  const judge = input.view();
  input.end();
  return {
    known: knownPairs.decode(known),
    extractor,
    examples,
    judge: judge.length > 0 ? judge : undefined,
    release: () => {
      // A small one stands in memory that Node keeps for many, and does not give away.
      if (plain.buffer.byteLength <= plain.byteLength + 1) plain.buffer.transfer(0);
    },
  };
}

/** How long the content of a zstd frame says that it is (RFC 8878, 3.1.1.1); undefined where it does not, or is not to be believed. */
function contentLength(frame: Uint8Array): number | undefined {
  if (frame.length < LONGEST_FRAME_HEADER) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const size = descriptor >> 6;
  const length =
    size === 3
      ? Number(view.getBigUint64(at, true))
      : size === 2
        ? view.getUint32(at, true)
        : size === 1
          ? view.getUint16(at, true) + 256
          : isSingleSegment
            ? view.getUint8(at)
            : Infinity;
  return length >= LEAST_CHUNK && length < MOST_TIMES_LARGER * frame.length ? length : undefined;
}

const LONGEST_FRAME_HEADER = 18;
/** What zlib takes for a chunk. */
const LEAST_CHUNK = 64;
const MOST_TIMES_LARGER = 64;
