import { abortable } from "../../zeek/abortable.ts";
import { openStream } from "../../zeek/log-file.ts";
import { HEAD_BYTES } from "./head.ts";
import { LogState } from "./log-state.ts";
import { logKind } from "./names.ts";
import { startPosition, type Position } from "./position.ts";
import type { Source, SourceEvent } from "./source.ts";
import { STANDARD_INPUT } from "./spec.ts";

export interface StandardInputOptions {
  readonly input: AsyncIterable<Uint8Array>;
  readonly position?: Position | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: (() => number) | undefined;
}

/**
 * A stream that can be read once, plain or compressed. Nothing in it can be found again, so its position is kept
 * only to be handed back: a new run reads on with whatever comes then.
 */
export class StandardInput implements Source {
  readonly name: string;
  readonly position: Position;
  lastDataAt: number | undefined;
  readonly #options: StandardInputOptions;

  constructor(name: string, options: StandardInputOptions) {
    this.name = name;
    this.position = options.position ?? startPosition;
    this.#options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SourceEvent, void, undefined> {
    const { input, signal, clock = Date.now } = this.#options;
    const file = STANDARD_INPUT;
    const bytes = openStream(file, abortable(input, signal));
    let log: LogState | undefined;
    for await (const chunk of bytes.chunks) {
      if (chunk.length === 0) continue;
      log ??= new LogState(logKind(file, chunk), file, chunk.slice(0, HEAD_BYTES));
      const missing = Math.min(HEAD_BYTES - log.head.length, chunk.length);
      if (log.offset > 0 && missing > 0) {
        log.learnHead(new Uint8Array(Buffer.concat([log.head, chunk.subarray(0, missing)])));
      }
      const { offset } = log;
      log.offset += chunk.length;
      this.lastDataAt = clock();
      yield { kind: "bytes", log, file, offset, chunk };
      // A pipe does not say whether more is ready; what came should not wait for it.
      yield { kind: "idle" };
    }
    if (bytes.damage !== undefined) {
      yield { kind: "notice", notice: { code: "damaged", file, message: bytes.damage.message } };
    }
    if (log !== undefined) yield { kind: "end", log, file, offset: log.offset, isWhole: true };
    yield { kind: "idle" };
  }
}
