import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from "node:zlib";

/**
 * How much compressed data is handed to zlib at a time: large enough that the hand-over costs nothing. After a damage the
 * input is read again in smaller steps where the damage is.
 */
const PIECE_BYTES = [128 << 10, 1024, 1] as const;
/** How much plain data zlib hands back at a time; about what such a piece holds. */
const PLAIN_BYTES = 512 << 10;
/** A small input may hold a thousand times as much; so much is held in memory, and no more, until it is asked for. */
const MAX_READY_BYTES = 8 << 20;

export type Compression = "none" | "gzip" | "zstd" | "unsupported";

/** What the first bytes of an input say that it is, whatever its name says. */
export function sniffCompression(head: Uint8Array): { readonly kind: Compression; readonly name: string } {
  for (const { kind, name, magic } of magics) {
    if (magic.every((byte, index) => head[index] === byte)) return { kind, name };
  }
  // Skippable frames, which parallel zstd compressors put first.
  const isSkippable = (head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
  return isSkippable ? { kind: "zstd", name: "zstd" } : { kind: "none", name: "plain" };
}

/** As many bytes as `sniffCompression` looks at. */
export const SNIFF_BYTES = 6;

const magics: readonly { kind: Compression; name: string; magic: readonly number[] }[] = [
  { kind: "gzip", name: "gzip", magic: [0x1f, 0x8b] },
  { kind: "zstd", name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { kind: "unsupported", name: "bzip2", magic: [0x42, 0x5a, 0x68] },
  { kind: "unsupported", name: "xz", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { kind: "unsupported", name: "lz4", magic: [0x04, 0x22, 0x4d, 0x18] },
  { kind: "unsupported", name: "zip", magic: [0x50, 0x4b, 0x03, 0x04] },
];

/** Why decompression ended before its input did, or before it was complete. */
export interface Damage {
  /** What is wrong, as the end of a sentence about the input. */
  readonly message: string;
  /** True where bytes simply stop, false where they are not what a compressor writes. */
  readonly isCutShort: boolean;
}

/**
 * Plain bytes of compressed ones, every byte that comes out before a damage included; `onDamage` hears of the damage,
 * nothing is thrown. Concatenated members (gzip) and frames (zstd) are read one after the other. While the caller works on a chunk, the
 * next is decompressed on another thread. `reopen` gives the input anew, from its start: zlib drops what it has ready when
 * it meets damaged bytes, so the last stretch is then read again in small steps.
 */
export async function* decompress(
  input: AsyncIterable<Uint8Array>,
  kind: "gzip" | "zstd",
  onDamage: (damage: Damage) => void,
  reopen?: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let delivered = 0;
  let safeUntil = 0;
  let damage: Damage | undefined;
  for (const pieceBytes of PIECE_BYTES) {
    const inflation = new Inflation(kind);
    const source = pieceBytes === PIECE_BYTES[0] ? input : reopen!();
    let skip = delivered;
    try {
      for await (const chunk of inflation.run(source, (at) =>
        at < safeUntil ? safeUntil - at : pieceBytes,
      )) {
        if (chunk.length > skip) {
          delivered += chunk.length - skip;
          yield chunk.subarray(skip);
        }
        skip = Math.max(0, skip - chunk.length);
      }
    } finally {
      inflation.close();
    }
    damage = inflation.damage;
    safeUntil = inflation.bytesBeforeDamage;
    if (damage === undefined || damage.isCutShort || reopen === undefined) break;
  }
  if (damage !== undefined) onDamage(damage);
}

/** One pass of zlib over one input. */
class Inflation {
  damage: Damage | undefined;
  /** Input that zlib had taken in without complaint before the piece in which it found the damage. */
  bytesBeforeDamage = 0;
  readonly #kind: "gzip" | "zstd";
  readonly #engine: Gunzip | ZstdDecompress;
  #ready: Uint8Array[] = [];
  #readyBytes = 0;
  #isEnded = false;
  /** Continues whoever waits in `#wait`. */
  #wake: () => void = () => {};

  constructor(kind: "gzip" | "zstd") {
    const options = { chunkSize: PLAIN_BYTES };
    this.#kind = kind;
    this.#engine = kind === "gzip" ? createGunzip(options) : createZstdDecompress(options);
    this.#engine.on("data", (chunk: Uint8Array) => {
      this.#ready.push(chunk);
      this.#readyBytes += chunk.length;
      if (this.#readyBytes < MAX_READY_BYTES) return;
      this.#engine.pause();
      this.#wake();
    });
    this.#engine.on("end", () => {
      this.#isEnded = true;
      this.#wake();
    });
    this.#engine.on("error", (error: NodeJS.ErrnoException) => {
      const isCutShort = error.code === "Z_BUF_ERROR";
      const message = isCutShort
        ? `the ${kind} data ends early`
        : `the ${kind} data is damaged (${error.message})`;
      this.damage ??= { message, isCutShort };
      this.#wake();
    });
  }

  /** `pieceBytes` says how much to hand over at once, given how much has been. */
  async *run(
    input: AsyncIterable<Uint8Array>,
    pieceBytes: (at: number) => number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    for await (const chunk of input) {
      for (let from = 0; from < chunk.length && !this.#isOver;) {
        const to = Math.min(chunk.length, from + pieceBytes(at));
        this.bytesBeforeDamage = at;
        let isTaken = false;
        this.#engine.write(chunk.subarray(from, to), () => {
          isTaken = true;
          this.#wake();
        });
        do {
          // What came of the piece before is worked on while this one is decompressed.
          yield* this.#drain();
          await this.#wait(() => isTaken);
        } while (!isTaken && !this.#isOver);
        at += to - from;
        from = to;
      }
      if (this.#isOver) break;
    }
    if (!this.#isOver) this.#engine.end();
    do {
      yield* this.#drain();
      await this.#wait(() => false);
    } while (!this.#isOver);
    yield* this.#drain();
    // What follows a gzip member is zero padding (anything else is an error); node stops at what is no zstd frame.
    const left = at - this.#engine.bytesWritten;
    if (this.damage === undefined && left > 0 && this.#kind === "zstd") {
      this.damage = { message: `the last ${left} bytes are not zstd data`, isCutShort: true };
    }
  }

  close(): void {
    this.#engine.destroy();
  }

  get #isOver(): boolean {
    return this.#isEnded || this.damage !== undefined;
  }

  /** Until something is ready in abundance, the engine is over, or `isDone`. */
  async #wait(isDone: () => boolean): Promise<void> {
    if (this.#isOver || isDone() || this.#readyBytes >= MAX_READY_BYTES) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  *#drain(): Generator<Uint8Array, void, undefined> {
    const ready = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    this.#engine.resume();
    yield* ready;
  }
}
