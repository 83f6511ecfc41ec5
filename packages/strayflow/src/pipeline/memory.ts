import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
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
}

/** Whether the preset's rows are judged by the history of hosts and by named detectors, or by the network alone. */
export function hearsHosts(preset: Preset): boolean {
  return preset === "behavior";
}

/** Bytes of `memory.bin`: zstd over the four parts, each with its length before it. */
export function encodeMemory(memory: {
  readonly known: KnownTraffic;
  readonly extractor: Uint8Array;
  readonly examples: NormalExamples;
  readonly judge: JudgeMemory | undefined;
}): Uint8Array {
  const known = new ByteWriter();
  knownPairs.encode(memory.known, known);
  const out = new ByteWriter();
  out.bytes(known.finish());
  out.bytes(memory.extractor);
  out.bytes(encodeExamples(memory.examples));
  out.bytes(memory.judge === undefined ? new Uint8Array(0) : saveJudge(memory.judge));
  return zstdCompressSync(out.finish());
}

/** Reads what `encodeMemory` wrote. Throws `model-damaged` where it cannot be that. */
export function decodeMemory(bytes: Uint8Array): SavedMemory {
  let plain: Uint8Array;
  try {
    plain = zstdDecompressSync(bytes);
  } catch (cause) {
    throw new ExpectedError("model-damaged", "the model's memory is not what zstd wrote", undefined, {
      cause,
    });
  }
  const input = new ByteReader(plain, "the model's memory");
  const known = new ByteReader(input.bytes(), "the model's known traffic");
  const extractor = input.bytes();
  const examples = decodeExamples(input.bytes());
  const judge = input.bytes();
  input.end();
  return {
    known: knownPairs.decode(known),
    extractor,
    examples,
    judge: judge.length > 0 ? judge : undefined,
  };
}
