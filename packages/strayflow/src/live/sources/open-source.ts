import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { FollowedSource, type FollowOptions } from "./followed-source.ts";
import type { Source } from "./source.ts";
import { STANDARD_INPUT, type SourceSpec } from "./spec.ts";
import { StandardInput } from "./standard-input.ts";

export interface SourceOptions extends FollowOptions {
  /** Read for the source `-`. */
  readonly input?: AsyncIterable<Uint8Array> | undefined;
}

/**
 * Opens a source: goes on where `position` says or, for a new one, begins with what comes from now on, unless `fromStart` or
 * `since` say otherwise. Throws `ExpectedError` where a new source is not there; a known one is waited for.
 */
export async function openSource(spec: SourceSpec, options: SourceOptions): Promise<Source> {
  const { input = process.stdin, position, signal, clock } = options;
  if (spec.path === STANDARD_INPUT) return new StandardInput(spec.name, { input, position, signal, clock });
  if (await isStream(spec.path)) {
    return new StandardInput(spec.name, { input: createReadStream(spec.path), position, signal, clock });
  }
  const source = new FollowedSource(spec, options);
  await source.start(options);
  return source;
}

/** Named pipes and devices. */
async function isStream(path: string): Promise<boolean> {
  try {
    const info = await stat(path);
    return !info.isFile() && !info.isDirectory();
  } catch {
    return false;
  }
}
