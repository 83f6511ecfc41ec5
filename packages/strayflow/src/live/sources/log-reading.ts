import { ExpectedError } from "../../base/errors.ts";
import type { Catalog } from "./catalog.ts";
import type { FileEntry, LogState } from "./log-state.ts";
import type { NoticeCode } from "./notices.ts";
import type { FollowTimes } from "./options.ts";
import { compareOrder } from "./position.ts";
import { readCompressed } from "./read-compressed.ts";
import { headerOf, readPlain } from "./read-plain.ts";
import type { LogKind, SourceEvent } from "./source.ts";

const NEWLINE = 10;
/** After so many bytes of one file, see whether others have something. */
const TURN_BYTES = 64 << 20;

/** The turn that is taken next. */
export type Choice =
  | { readonly kind: "read"; readonly file: FileEntry }
  /** There is more, but what comes before it may not be complete yet. */
  | { readonly kind: "held" }
  | { readonly kind: "nothing" };

export interface ReadingOptions {
  readonly times: FollowTimes;
  /** The steady clock, milliseconds. */
  readonly now: () => number;
  readonly onNotice: (code: NoticeCode, file: string, message: string) => void;
}

/** Decides which log to read on in, reads it, and says when it is over. */
export class LogReading {
  readonly #catalog: Catalog;
  readonly #options: ReadingOptions;
  /** As long as the first pass over what was there goes on, a file that says nothing yet may be earlier than all. */
  isCaughtUp = false;

  /** Logs of which something was handed over, now or by an earlier run, and that are not over. */
  readonly #open = new Set<LogState>();
  #version = -1;
  #sorted: readonly FileEntry[] = [];

  constructor(catalog: Catalog, options: ReadingOptions) {
    this.#catalog = catalog;
    this.#options = options;
    for (const log of catalog.logs) if (log.isStarted && !log.isEnded) this.#open.add(log);
  }

  get open(): Iterable<LogState> {
    return this.#open;
  }

  /** In the order of time: of what is there, the first that has more. */
  choose(): Choice {
    if (this.#version !== this.#catalog.version) {
      this.#version = this.#catalog.version;
      // Compressed files that have been read are most of an archive.
      this.#sorted = [...this.#catalog.files.values()]
        .filter((file) => file.hasMore || !file.isCompressed)
        .sort(byOrder);
    }
    const held = new Set<LogKind>();
    for (const file of this.#sorted) {
      const { log } = file;
      if (log === undefined) {
        if (this.#isUnknown(file)) held.add("ended").add("open");
        continue;
      }
      if (!file.hasMore) continue;
      if (file.isCompressed && !this.#isSettled(file)) {
        if (!log.isEnded) held.add(log.kind);
        continue;
      }
      if (log.isStarted || (!held.has(log.kind) && this.#mayStart(file, log))) return { kind: "read", file };
      held.add(log.kind);
    }
    return held.size > 0 ? { kind: "held" } : { kind: "nothing" };
  }

  /** Hands over what a file has more of its log. */
  async *read(file: FileEntry): AsyncGenerator<SourceEvent, void, undefined> {
    if (file.log === undefined) return;
    try {
      if (file.isCompressed) yield* this.#readCompressed(file, file.log);
      else yield* this.#readPlain(file);
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      this.#catalog.report(file.path, error.message);
      // Tried again when it has changed, or with the next look at everything.
      file.examinedStamp = undefined;
      file.attach(undefined);
    }
  }

  /** The logs that are over by now. */
  async *ends(): AsyncGenerator<SourceEvent, void, undefined> {
    for (const log of this.#open) {
      const isWhole = this.#isOver(log);
      if (isWhole === undefined) continue;
      this.#open.delete(log);
      log.isEnded = true;
      log.needsHeader = true;
      if (!isWhole) log.offset = log.lineEnd;
      for (const file of Array.from(log.files)) await this.#catalog.release(file);
      yield { kind: "end", log, file: log.file, offset: log.offset, isWhole };
    }
  }

  async *#readPlain(file: FileEntry): AsyncGenerator<SourceEvent, void, undefined> {
    for (let taken = 0; taken < TURN_BYTES;) {
      let { log } = file;
      if (log === undefined) return;
      const piece = await readPlain(file, log);
      if (file.handle !== undefined) this.#catalog.opened.add(file);
      if (piece.kind === "replaced") {
        this.cut(file);
        return;
      }
      if (piece.kind === "none") {
        // Nothing more can be had under this name; the next sweep knows better.
        if (file.handle === undefined) file.attach(undefined);
        else file.state = { ...file.state, size: Math.min(file.state.size, log.offset) };
        return;
      }
      const before = log;
      log = this.#catalog.grow(file, log, piece.head);
      // It repeats a log that is known, and goes on where that did.
      if (log !== before) return;
      const headerFirst = log.needsHeader;
      if (headerFirst) {
        const bytes = await headerOf(file, log);
        if (bytes === undefined) return;
        yield* this.#header(file, log, bytes);
      }
      taken += piece.chunk.length;
      yield this.#bytes(file, log, piece.chunk);
      file.readTo = log.offset;
      if (log.offset >= file.state.size) return;
    }
  }

  async *#readCompressed(file: FileEntry, log: LogState): AsyncGenerator<SourceEvent, void, undefined> {
    const { stamp } = file.state;
    const pieces = readCompressed(file, log);
    try {
      for (;;) {
        const next = await pieces.next();
        if (next.done !== true) {
          const piece = next.value;
          if (piece.kind === "header") yield* this.#header(file, log, piece.bytes);
          else yield this.#bytes(file, log, piece.chunk);
          continue;
        }
        const end = next.value;
        if (end.kind === "replaced") this.#catalog.replace(file);
        else if (end.kind === "cut") file.cutStamp = stamp;
        else {
          file.passedStamp = stamp;
          log.isWhole = true;
          if (end.kind === "damaged") this.#options.onNotice("damaged", file.path, end.message);
        }
        return;
      }
    } finally {
      await pieces.return({ kind: "whole" });
    }
  }

  /** Takes notice that a file was cut, or written anew from its start. */
  cut(file: FileEntry): void {
    this.#options.onNotice(
      "truncated",
      file.path,
      "it was cut or written anew; what it holds now is read as a log of its own",
    );
    this.#catalog.replace(file);
  }

  /** Compressed files that stay cut short for long are damaged. */
  judgeCut(): void {
    for (const file of this.#catalog.files.values()) {
      const { log, cutStamp } = file;
      if (cutStamp === undefined || cutStamp !== file.state.stamp || cutStamp === file.passedStamp) continue;
      if (this.#options.now() - file.changedAt < this.#options.times.damagedMillis) continue;
      file.passedStamp = cutStamp;
      if (log !== undefined) log.isWhole = true;
      this.#options.onNotice("damaged", file.path, "the compressed data ends early and has not grown since");
    }
  }

  *#header(file: FileEntry, log: LogState, bytes: Uint8Array): Generator<SourceEvent, void, undefined> {
    log.needsHeader = false;
    if (bytes.length > 0) yield { kind: "header", log, file: file.path, bytes };
  }

  #bytes(file: FileEntry, log: LogState, chunk: Uint8Array): SourceEvent {
    const { offset } = log;
    log.offset += chunk.length;
    log.isEnded = false;
    this.#open.add(log);
    log.readAt = this.#options.now();
    const lineFeed = chunk.lastIndexOf(NEWLINE);
    if (lineFeed >= 0) {
      log.lineEnd = offset + lineFeed + 1;
      const before = chunk.subarray(0, lineFeed).lastIndexOf(NEWLINE);
      const line = Buffer.from(chunk.subarray(before + 1, before + 8)).toString("latin1");
      log.isClosed = line.startsWith("#close") && log.lineEnd === log.offset;
    } else log.isClosed = false;
    return { kind: "bytes", log, file: file.path, offset, chunk };
  }

  /** Whether a log is over, and then whether what follows its last line end is a line; undefined where more may come. */
  #isOver(log: LogState): boolean | undefined {
    const { times, now } = this.#options;
    const files = [...log.files];
    if (files.some((file) => file.hasMore)) return undefined;
    const isHalf = log.lineEnd < log.offset;
    const isLive = files.some((file) => this.#catalog.isLive(file));
    if (log.isClosed || (log.isWhole && !isLive)) return true;
    if (files.some((file) => file.cutStamp === file.state.stamp && file.passedStamp !== file.cutStamp))
      return undefined;
    const changed = Math.max(log.readAt, ...files.map((file) => file.changedAt));
    const quiet = now() - changed;
    const isThere = files.some((file) => file.isPresent);
    if (isLive || (isHalf && isThere)) return quiet >= times.quietMillis ? true : undefined;
    return quiet >= times.settleMillis ? !isHalf : undefined;
  }

  /** A log is begun once a whole look around since it was found has shown nothing earlier, and what went before it is over. */
  #mayStart(file: FileEntry, log: LogState): boolean {
    if (this.#catalog.sweeps <= file.foundIn) return false;
    const { now, times } = this.#options;
    for (const other of this.#open) {
      if (other === log || other.kind !== log.kind) continue;
      if (compareOrder(other.order, log.order) > 0) continue;
      if ([...other.files].some((entry) => this.#catalog.isLive(entry))) continue;
      const changed = Math.max(other.readAt, ...[...other.files].map((entry) => entry.changedAt));
      if (now() - changed < times.settleMillis) return false;
    }
    return true;
  }

  #isSettled(file: FileEntry): boolean {
    return this.#options.now() - file.changedAt >= this.#options.times.settleMillis;
  }

  /** A compressed file that is so short as yet that it does not say which log it holds. */
  #isUnknown(file: FileEntry): boolean {
    return !this.isCaughtUp && file.log === undefined && file.isPresent && !this.#isSettled(file);
  }
}

function byOrder(a: FileEntry, b: FileEntry): number {
  if (a.log === undefined || b.log === undefined)
    return Number(a.log !== undefined) - Number(b.log !== undefined);
  return compareOrder(a.log.order, b.log.order);
}
