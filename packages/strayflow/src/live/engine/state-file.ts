import { createHash } from "node:crypto";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { ExpectedError } from "../../base/errors.ts";
import { makeFolder } from "../../base/make-folder.ts";
import type { GrouperState } from "../../detect/incidents/index.ts";
import type { OpenConnectionsState } from "../../detect/open-connections.ts";
import type { SensorState } from "../../detect/sensor.ts";
import type { DriftState } from "../drift/drift-monitor.ts";
import type { NewsState } from "./incident-news.ts";

/** Everything that a sensor remembers at one place of its stream. */
export interface EngineState {
  /** Names the model that it belongs to; see `modelHash`. */
  readonly model: string;
  /** Rows at or below it were flagged. */
  readonly pValue: number;
  /** As `Detector.saveMemory` gives it. */
  readonly memory: Uint8Array;
  readonly sensor: SensorState;
  readonly grouper: GrouperState;
  readonly news: NewsState;
  readonly open: OpenConnectionsState;
  readonly drift: DriftState;
  /** The stream's clock. */
  readonly clock: Uint8Array;
}

const MAGIC = "strayflow state";
const VERSION = 1;
const SUFFIX = ".state";

/** The bytes of a state file: a hash, then what it is of. */
export function encodeState({ memory, ...rest }: EngineState): Uint8Array {
  const out = new ByteWriter();
  out.text(MAGIC);
  out.uint8(VERSION);
  out.bytes(memory);
  // Keeps maps, sets and which places hold the same alert; the file is read by this program alone.
  out.bytes(serialize(rest));
  const body = out.finish();
  return Buffer.concat([hashOf(body), body]);
}

/** Throws `store-damaged` where the bytes are not a whole state file, `store-version` where a later version wrote them. */
export function decodeState(bytes: Uint8Array, file: string): EngineState {
  const body = bytes.subarray(HASH_BYTES);
  if (!hashOf(body).equals(bytes.subarray(0, HASH_BYTES)))
    throw new ExpectedError("store-damaged", "the saved state was changed or cut short", { file });
  const input = new ByteReader(body, "the saved state", "store-damaged");
  input.expect(input.text() === MAGIC, "it is no state file");
  const version = input.uint8();
  if (version !== VERSION)
    throw new ExpectedError("store-version", `the saved state has version ${version}, expected ${VERSION}`, {
      file,
    });
  const memory = new Uint8Array(input.bytes());
  const rest = deserialize(input.bytes()) as Omit<EngineState, "memory">;
  return { memory, ...rest };
}

/** The state files beside a store: written whole under a new name, and removed once the store names another one. */
export class StateFolder {
  readonly path: string;

  constructor(storeFile: string) {
    this.path = `${storeFile}.state`;
  }

  /** @returns the name under which the store is to know it */
  async write(sensor: string, number: number, bytes: Uint8Array): Promise<string> {
    const name = `${sensor}-${number}${SUFFIX}`;
    const target = join(this.path, name);
    const temporary = `${target}.new`;
    await makeFolder(this.path);
    try {
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, target);
    } catch (error) {
      // A half of it on a full disk would keep others from having room.
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncFolder(dirname(target));
    return name;
  }

  async read(name: string): Promise<EngineState> {
    const file = join(this.path, basename(name));
    let bytes: Uint8Array;
    try {
      bytes = await readFile(file);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ExpectedError(
        "store-damaged",
        `the saved state cannot be read: ${reason}`,
        { file },
        { cause },
      );
    }
    return decodeState(bytes, file);
  }

  /** Removes a sensor's files but for one. A file that stays does no harm. */
  async removeOthers(sensor: string, name: string): Promise<void> {
    const files = await readdir(this.path).catch(() => []);
    for (const file of files) {
      const end = file.slice(sensor.length);
      const isOurs = file.startsWith(`${sensor}-`) && /^-\d+\.state(\.new)?$/.test(end);
      if (isOurs && file !== name) await rm(join(this.path, file), { force: true }).catch(() => undefined);
    }
  }
}

/** So that the new name survives a power cut; not every file system can. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

const HASH_BYTES = 32;

function hashOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
