import type { FileHandle } from "node:fs/promises";
import type { FileState } from "./file-state.ts";
import { tagOf, timeOf } from "./head.ts";
import type { LogOrder, LogPosition } from "./position.ts";
import type { LogKind, SourceLog } from "./source.ts";

/** A log as this run knows it. */
export class LogState implements SourceLog {
  readonly kind: LogKind;
  file: string;
  head: Uint8Array;
  tag: string | undefined;
  time: number | undefined;
  inheritedHeader: Uint8Array | undefined;
  /** What an earlier run stored about it. */
  readonly stored: LogPosition | undefined;
  /** Plain bytes handed over. */
  offset = 0;
  /** The end of the last line among them. */
  lineEnd = 0;
  /** An `end` was given, and nothing since. */
  isEnded = false;
  /** The receiver does not have the header that is in force. */
  needsHeader = false;
  /** Not to be read, as it was there before, or is older than what is remembered. */
  isSkipped = false;
  /** A complete compressed file of it has been read to its end. */
  isWhole = false;
  /** Its last line says that it was closed. */
  isClosed = false;
  /** By the steady clock. */
  readAt = -Infinity;
  readonly files = new Set<FileEntry>();

  constructor(kind: LogKind, file: string, head: Uint8Array, stored?: LogPosition) {
    this.kind = kind;
    this.file = file;
    this.head = head;
    this.stored = stored;
    if (stored === undefined) this.learnHead(head);
    else {
      this.tag = stored.tag;
      this.time = stored.time ?? undefined;
      this.offset = this.lineEnd = stored.offset;
      this.isEnded = stored.isEnded;
      this.needsHeader = stored.offset > 0;
      if (stored.inheritedHeader !== undefined) {
        this.inheritedHeader = new Uint8Array(Buffer.from(stored.inheritedHeader, "base64"));
      }
    }
  }

  /** Takes notice of a head that is longer than the one known so far. */
  learnHead(head: Uint8Array): void {
    if (head.length >= this.head.length) this.head = head;
    if (this.stored !== undefined) return;
    this.tag ??= tagOf(this.head);
    this.time ??= timeOf(this.head);
  }

  get isStarted(): boolean {
    return this.offset > 0;
  }

  get order(): LogOrder {
    return { time: this.time ?? Infinity, tag: this.tag ?? "" };
  }
}

/** A file, by its inode, whatever its name is now. */
export class FileEntry {
  path: string;
  state: FileState;
  compression: "none" | "gzip" | "zstd" | "unsupported" | undefined;
  log: LogState | undefined;
  /** When it changed last, by the steady clock; judged by its own time when it is first seen. */
  changedAt: number;
  /** The sweep that saw what it holds first, and the one that saw it last. */
  foundIn: number;
  seenIn: number;
  isPresent = true;
  /** Its state when its head was looked at. */
  examinedStamp: string | undefined;
  /** Its state when it was read to its end; where it was found cut short. Compressed files only. */
  passedStamp: string | undefined;
  cutStamp: string | undefined;
  /** How far it has been found to hold its log. */
  readTo = 0;
  /** Open while a log is being read from it, so that it can be read to its end even after it was deleted. */
  handle: FileHandle | undefined;
  /** The header of what it held before it was cut. */
  lastHeader: Uint8Array | undefined;

  constructor(path: string, state: FileState, sweep: number, changedAt: number) {
    this.path = path;
    this.state = state;
    this.foundIn = this.seenIn = sweep;
    this.changedAt = changedAt;
  }

  get isCompressed(): boolean {
    return this.compression === "gzip" || this.compression === "zstd";
  }

  update(state: FileState, now: number): void {
    if (state.stamp !== this.state.stamp) this.changedAt = now;
    this.state = state;
  }

  /** Whether there may be bytes of its log in it that were not handed over. */
  get hasMore(): boolean {
    const { log, state } = this;
    if (log === undefined || log.isSkipped) return false;
    if (!this.isCompressed) return this.compression === "none" && state.size > log.offset;
    return state.stamp !== this.passedStamp && state.stamp !== this.cutStamp;
  }

  attach(log: LogState | undefined): void {
    this.log?.files.delete(this);
    this.log = log;
    this.readTo = 0;
    log?.files.add(this);
    if (log !== undefined && this.isPresent) log.file = this.path;
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }
}
