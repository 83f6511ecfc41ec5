import type { FileState } from "./file-state.ts";
import { readHead } from "./read-head.ts";
import { haveSameStart, tagOf } from "./head.ts";
import { HeaderLines } from "./header-lines.ts";
import { FileEntry, LogState } from "./log-state.ts";
import { isLiveName, logKind } from "./names.ts";
import type { NoticeCode } from "./notices.ts";
import type { FollowTimes } from "./options.ts";
import { compareOrder, isSameLog, type LogOrder, type Position } from "./position.ts";
import type { LogKind } from "./source.ts";
import type { Sweep } from "./tree.ts";

/** So many logs that are over are known besides those whose files are there. */
const MAX_ENDED_LOGS = 512;
/** So many files that may be written to are looked at between sweeps. */
const MAX_LIVE_PATHS = 16;
/** Heads are read so many at once. */
const HEADS_AT_ONCE = 8;

export interface CatalogOptions {
  readonly root: string;
  readonly times: FollowTimes;
  readonly onNotice: (code: NoticeCode, file: string, message: string) => void;
}

/** Which files there are, and which logs they hold. */
export class Catalog {
  readonly files = new Map<string, FileEntry>();
  /** Those that are open. */
  readonly opened = new Set<FileEntry>();
  readonly logs = new Set<LogState>();
  /** Sweeps so far. */
  sweeps = 0;
  /** A file is to be looked into before the next sweep. */
  isExaminationDue = false;
  /** Changes with what is known of the files and of the order of their logs. */
  version = 0;
  /** Files to which Zeek writes are expected under these paths. */
  readonly livePaths = new Set<string>();
  readonly forgotten: { ended?: LogOrder | undefined; open?: LogOrder | undefined };
  readonly #options: CatalogOptions;
  readonly #byTag = new Map<string, LogState[]>();
  #byPath = new Map<string, FileEntry>();
  /** Why a path could not be read when it was last tried. */
  readonly #problems = new Map<string, string>();

  constructor(position: Position, options: CatalogOptions) {
    this.#options = options;
    this.forgotten = { ...position.forgotten };
    for (const entry of position.logs) {
      this.#know(new LogState(entry.kind, entry.file, new Uint8Array(0), entry));
    }
  }

  /** Whether Zeek may still write to a file. */
  isLive(file: FileEntry): boolean {
    if (!file.isPresent || file.isCompressed) return false;
    return file.path === this.#options.root || isLiveName(file.path);
  }

  /** Whether a file is worth a look although its folder did not change. */
  isWarm(path: string, now: number): boolean {
    const file = this.#byPath.get(path);
    if (file === undefined || this.isLive(file) || file.log === undefined || file.hasMore) return true;
    if (file.cutStamp !== undefined && file.cutStamp !== file.passedStamp) return true;
    return !file.isCompressed && now - file.changedAt < this.#options.times.quietMillis;
  }

  /** Takes notice of what a sweep found; returns how many files are new. `now` by the steady clock, `wallNow` by the wall's. */
  take(sweep: Sweep, now: number, wallNow: number): number {
    this.sweeps++;
    let found = 0;
    const byPath = new Map<string, FileEntry>();
    for (const { path, state } of sweep.files) {
      const file = state === undefined ? this.#byPath.get(path) : this.files.get(state.key);
      if (file === undefined) {
        if (state === undefined) continue;
        const age = Math.max(0, wallNow - state.modifiedMillis);
        const fresh = new FileEntry(path, state, this.sweeps, now - age);
        this.files.set(state.key, fresh);
        byPath.set(path, fresh);
        found++;
        this.version++;
        continue;
      }
      byPath.set(path, file);
      if (state !== undefined) this.#update(file, state, now);
      // Another name of a file that this sweep has met already.
      if (file.seenIn === this.sweeps) continue;
      file.seenIn = this.sweeps;
      file.isPresent = true;
      file.path = path;
      if (file.log !== undefined) file.log.file = path;
    }
    this.#byPath = byPath;
    for (const [path, file] of byPath) {
      if (this.livePaths.size < MAX_LIVE_PATHS && this.isLive(file)) this.livePaths.add(path);
    }
    for (const [key, file] of this.files) {
      if (file.seenIn === this.sweeps) continue;
      file.isPresent = false;
      if (file.handle === undefined) this.#drop(key, file);
    }
    for (const [path, message] of sweep.problems) this.report(path, message);
    for (const path of this.#problems.keys()) {
      if (!sweep.problems.has(path) && !byPath.has(path)) this.#problems.delete(path);
    }
    return found;
  }

  /** Looks into every file that is new or changed and is not being read. */
  async examineAll(): Promise<void> {
    this.isExaminationDue = false;
    const due = [...this.files.values()].filter(
      (file) =>
        file.examinedStamp !== file.state.stamp && (file.handle === undefined || file.log === undefined),
    );
    for (let from = 0; from < due.length; from += HEADS_AT_ONCE) {
      const some = due.slice(from, from + HEADS_AT_ONCE);
      const heads = await Promise.all(some.map((file) => this.#headOf(file)));
      this.version++;
      for (const [index, head] of heads.entries()) if (head !== undefined) this.#place(some[index]!, head);
    }
  }

  /** Notes that a path cannot be read, and says so once. */
  report(path: string, message: string): void {
    if (this.#problems.get(path) === message) return;
    this.#problems.set(path, message);
    this.#options.onNotice("unreadable", path, message);
  }

  /** Takes notice of what the file system says about a file. */
  #update(file: FileEntry, state: FileState, now: number): void {
    if (state.stamp !== file.state.stamp) this.version++;
    file.update(state, now);
  }

  /** What the last sweep found under a path. */
  at(path: string): FileEntry | undefined {
    return this.#byPath.get(path);
  }

  /** Takes notice that a file holds something else than it did. */
  replace(file: FileEntry): void {
    const { log } = file;
    if (log !== undefined) {
      const header = new HeaderLines();
      header.push(log.head);
      file.lastHeader = header.bytes.length > 0 ? header.bytes : log.inheritedHeader;
    }
    file.attach(undefined);
    file.examinedStamp = undefined;
    this.isExaminationDue = true;
    file.foundIn = this.sweeps;
  }

  /** The log of this tag, if one is known whose head agrees. */
  find(kind: LogKind, tag: string | undefined, head: Uint8Array): LogState | undefined {
    if (tag === undefined) return undefined;
    return this.#byTag.get(tag)?.find((log) => {
      if (log.head.length > 0) return log.kind === kind && haveSameStart(log.head, head);
      return log.stored !== undefined && isSameLog(log.stored, { kind, tag, head });
    });
  }

  /** A head that has grown; the log under which the file goes on, which is another one where it repeats that. */
  grow(file: FileEntry, log: LogState, head: Uint8Array): LogState {
    const hadTag = log.tag !== undefined;
    if (head.length > log.head.length) {
      log.learnHead(head);
      this.version++;
    }
    if (hadTag || log.tag === undefined) return log;
    const known = this.find(log.kind, log.tag, log.head);
    if (known === undefined) {
      this.#index(log);
      return log;
    }
    this.logs.delete(log);
    file.attach(known);
    known.learnHead(head);
    this.#remarkCopy(file, known);
    return known;
  }

  /** Forgets what need not be known any more; the rule is that of `Position`. */
  prune(): void {
    const spare = [...this.logs].filter((log) => log.isEnded && log.files.size === 0);
    if (spare.length <= MAX_ENDED_LOGS) return;
    spare.sort((a, b) => (a.time ?? -Infinity) - (b.time ?? -Infinity));
    for (const log of spare.slice(0, spare.length - MAX_ENDED_LOGS)) {
      this.#forget(log);
      if (log.time === undefined) continue;
      const known = this.forgotten[log.kind];
      if (known === undefined || compareOrder(known, log.order) < 0) this.forgotten[log.kind] = log.order;
    }
  }

  async close(): Promise<void> {
    for (const file of this.opened) await file.close();
  }

  /** Lets go of a file that is gone and was read to its end. */
  async release(file: FileEntry): Promise<void> {
    this.opened.delete(file);
    await file.close();
    if (!file.isPresent) this.#drop(file.state.key, file);
  }

  #drop(key: string, file: FileEntry): void {
    this.version++;
    this.files.delete(key);
    file.attach(undefined);
  }

  async #headOf(file: FileEntry): Promise<Uint8Array | undefined> {
    const { stamp } = file.state;
    try {
      const { head, compression } = await readHead(file);
      file.compression = compression;
      file.examinedStamp = stamp;
      this.#problems.delete(file.path);
      return head;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.report(file.path, error.message);
      return undefined;
    }
  }

  #place(file: FileEntry, head: Uint8Array): void {
    const { log } = file;
    if (log !== undefined && haveSameStart(log.head, head) && head.length >= log.head.length) {
      this.grow(file, log, head);
      return;
    }
    if (log !== undefined && head.length > 0 && haveSameStart(log.head, head)) return;
    if (log !== undefined) {
      this.#options.onNotice(
        "truncated",
        file.path,
        "it no longer begins as it did; what it holds now is read",
      );
      this.replace(file);
      file.examinedStamp = file.state.stamp;
    }
    if (head.length === 0) return;
    const kind = logKind(file.path, head);
    const known = this.find(kind, tagOf(head), head);
    if (known !== undefined) {
      file.attach(known);
      known.learnHead(head);
      this.#remarkCopy(file, known);
      return;
    }
    const fresh = new LogState(kind, file.path, head);
    if (file.lastHeader !== undefined && head[0] !== 35 && head[0] !== 123) {
      fresh.inheritedHeader = file.lastHeader;
      fresh.needsHeader = true;
    }
    this.#know(fresh);
    file.attach(fresh);
    const last = this.forgotten[kind];
    if (last === undefined || fresh.time === undefined || this.isLive(file)) return;
    if (compareOrder(fresh.order, last) > 0) return;
    fresh.isSkipped = true;
    if (this.sweeps > 1) {
      this.#options.onNotice("late", file.path, "it is older than all that is remembered; it is not read");
    }
  }

  #remarkCopy(file: FileEntry, log: LogState): void {
    if (log.isSkipped) return;
    const { onNotice } = this.#options;
    const other = [...log.files].find((entry) => entry !== file && entry.isPresent);
    if (other !== undefined && other.isCompressed === file.isCompressed) {
      onNotice("copied", file.path, `it holds the same as ${other.path}; it is not read again`);
    } else if (log.isEnded && this.isLive(file) && !file.isCompressed && this.sweeps > 1) {
      onNotice("replayed", file.path, "it repeats a log that has been read; only what is new in it is read");
    } else if (!file.isCompressed && file.state.size < log.offset) {
      onNotice("shortened", file.path, "it holds less than what has been read of it");
    }
  }

  #know(log: LogState): void {
    this.logs.add(log);
    this.#index(log);
  }

  #index(log: LogState): void {
    if (log.tag === undefined) return;
    const same = this.#byTag.get(log.tag);
    if (same === undefined) this.#byTag.set(log.tag, [log]);
    else if (!same.includes(log)) same.push(log);
  }

  #forget(log: LogState): void {
    this.logs.delete(log);
    const same = log.tag === undefined ? undefined : this.#byTag.get(log.tag);
    if (same === undefined || log.tag === undefined) return;
    const left = same.filter((entry) => entry !== log);
    if (left.length === 0) this.#byTag.delete(log.tag);
    else this.#byTag.set(log.tag, left);
  }
}
