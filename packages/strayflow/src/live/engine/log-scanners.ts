import { ExpectedError } from "../../base/errors.ts";
import { LogScanner, type Batch, type Reject } from "../../zeek/index.ts";
import type { SourceEvent, SourceLog } from "../sources/index.ts";

/** A batch, and how far the log that it comes from has been read with it. */
export interface PlacedBatch {
  readonly batch: Batch;
  readonly log: SourceLog;
  /** Plain bytes of the log up to the end of the batch's last line. */
  readonly offset: number;
}

interface OpenLog {
  readonly log: SourceLog;
  readonly scanner: LogScanner;
}

/** Makes connections of the bytes of several logs, in the order in which the bytes come. */
export class LogScanners {
  readonly #open = new Map<SourceLog, OpenLog>();
  /** Header lines of logs that will be entered in their middle. */
  readonly #headers = new Map<SourceLog, Uint8Array>();
  /** Logs that turned out to be no Zeek logs. */
  readonly #refused = new WeakSet<SourceLog>();
  readonly #onReject: (reject: Reject) => void;
  readonly #onRefused: (log: SourceLog, error: ExpectedError) => void;
  #current: OpenLog | undefined;
  #ready: PlacedBatch[] = [];

  constructor(handlers: {
    readonly onReject: (reject: Reject) => void;
    readonly onRefused: (log: SourceLog, error: ExpectedError) => void;
  }) {
    this.#onReject = handlers.onReject;
    this.#onRefused = handlers.onRefused;
  }

  enter({ log, bytes }: Extract<SourceEvent, { kind: "header" }>): void {
    this.#headers.set(log, bytes);
  }

  push({ log, file, offset, chunk }: Extract<SourceEvent, { kind: "bytes" }>): void {
    if (this.#refused.has(log)) return;
    this.#guard(log, () => {
      const open = this.#turnTo(log, file, offset);
      open.scanner.push(chunk);
    });
  }

  /** @returns how far the log was read */
  end({ log, isWhole, offset }: Extract<SourceEvent, { kind: "end" }>): number {
    const open = this.#open.get(log);
    this.#headers.delete(log);
    if (open === undefined) return offset;
    this.#guard(log, () => (isWhole ? open.scanner.flush() : open.scanner.emit()));
    this.#open.delete(log);
    if (this.#current === open) this.#current = undefined;
    return open.scanner.offset;
  }

  /** Hands over what the log that is being read has in store, full batch or not. */
  emit(): void {
    this.#current?.scanner.emit();
  }

  /** The batches that are complete. */
  take(): PlacedBatch[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** How far the log that is being read was read, once all its batches were taken. */
  place(): { readonly log: SourceLog; readonly offset: number } | undefined {
    const current = this.#current;
    return current && { log: current.log, offset: current.scanner.offset };
  }

  /** The rows of one log come before those of the next, whenever batches are asked for. */
  #turnTo(log: SourceLog, file: string, offset: number): OpenLog {
    const known = this.#open.get(log);
    if (known !== undefined && known === this.#current) return known;
    this.#current?.scanner.emit();
    const open = known ?? this.#begin(log, file, offset);
    this.#current = open;
    return open;
  }

  #begin(log: SourceLog, file: string, offset: number): OpenLog {
    const scanner: LogScanner = new LogScanner({
      file,
      batchRows: BATCH_ROWS,
      onBatch: (batch) => this.#ready.push({ batch, log, offset: scanner.offset }),
      onReject: this.#onReject,
    });
    const header = this.#headers.get(log);
    this.#headers.delete(log);
    if (offset > 0) scanner.enter(header ?? new Uint8Array(0), offset);
    const open = { log, scanner };
    this.#open.set(log, open);
    return open;
  }

  /** One log that cannot be read does not stop the others. */
  #guard(log: SourceLog, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      this.#refused.add(log);
      this.#open.delete(log);
      if (this.#current?.log === log) this.#current = undefined;
      this.#onRefused(log, error);
    }
  }
}

/** As for `score`: larger ones are no faster, and other sensors wait for longer while one is judged. */
const BATCH_ROWS = 2048;
