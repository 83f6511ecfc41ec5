import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { ExpectedError } from "../base/errors.ts";
import type { Batch } from "../zeek/batch.ts";
import type { BaselinePart, PartLearner, PartValues } from "./block.ts";
import { partsOf, presets } from "./presets.ts";
import type { Preset } from "./presets.ts";

/** What training froze besides the weights: vocabularies, rarities and norms, as named parts. Read-only. */
export interface Baseline extends PartValues {
  readonly preset: Preset;
}

export interface BaselineLearner {
  /** Takes the rows of one batch; those with `include[row] === 0` are skipped. Keeps nothing of the batch itself. */
  learn(batch: Batch, include?: Uint8Array): void;
  /** The learner is spent afterwards. */
  finish(): Baseline;
}

/** Learns the baseline of a preset from the training rows. Where the stream is cut into batches does not matter. */
export function learnBaseline(preset: Preset): BaselineLearner {
  const parts = partsOf(preset);
  const learners = parts.map((part): PartLearner<unknown> => part.learner());
  return {
    learn(batch, include) {
      for (const learner of learners) learner.learn(batch, include);
    },
    finish() {
      return baselineOf(preset, new Map(parts.map((part, i) => [part.id, learners[i]!.finish()])));
    },
  };
}

/**
 * Layout, little-endian: "SFBL", version (uint8), preset (text), number of parts (uint32), then for each part its id
 * (text) and its own encoding (bytes with their length before them).
 */
export function encodeBaseline(baseline: Baseline): Uint8Array {
  const parts = partsOf(baseline.preset);
  const out = new ByteWriter();
  out.uint32(MAGIC);
  out.uint8(VERSION);
  out.text(baseline.preset);
  out.uint32(parts.length);
  for (const part of parts) {
    const body = new ByteWriter();
    part.encode(baseline.get(part), body);
    out.text(part.id);
    out.bytes(body.finish());
  }
  return out.finish();
}

/**
 * Reads what `encodeBaseline` wrote. Throws `model-damaged` where the bytes cannot be right and `model-version` where a
 * newer strayflow wrote them.
 */
export function decodeBaseline(bytes: Uint8Array): Baseline {
  const input = new ByteReader(bytes, "the model's baseline");
  input.expect(bytes.length >= 5 && input.uint32() === MAGIC, "it does not start as a baseline does");
  const version = input.uint8();
  if (version !== VERSION) {
    throw new ExpectedError(
      "model-version",
      `the model's baseline has version ${version}, this strayflow reads ${VERSION}`,
    );
  }
  const preset = input.text();
  if (!isPreset(preset)) {
    throw new ExpectedError(
      "model-damaged",
      `the model's baseline names the preset ${JSON.stringify(preset.slice(0, 40))}`,
    );
  }
  const parts = partsOf(preset);
  const count = input.uint32();
  input.expect(count === parts.length, `it has ${count} parts where preset ${preset} has ${parts.length}`);
  const values = new Map<string, unknown>();
  for (const part of parts) {
    const id = input.text();
    input.expect(
      id === part.id,
      `it has the part ${JSON.stringify(id.slice(0, 40))} where ${part.id} belongs`,
    );
    const body = new ByteReader(input.bytes(), `part ${part.id} of the model's baseline`);
    values.set(part.id, part.decode(body));
    body.end();
  }
  input.end();
  return baselineOf(preset, values);
}

/** "SFBL" read as a little-endian number. */
const MAGIC = 0x4c424653;
const VERSION = 1;

function isPreset(text: string): text is Preset {
  return Object.hasOwn(presets, text);
}

function baselineOf(preset: Preset, values: ReadonlyMap<string, unknown>): Baseline {
  return {
    preset,
    get<Value>(part: BaselinePart<Value>): Value {
      if (!values.has(part.id)) {
        throw new ExpectedError("model-damaged", `the baseline of preset ${preset} has no part ${part.id}`);
      }
      // Each value was made by the part of this id, which alone knows its type.
      return values.get(part.id) as Value;
    },
  };
}
