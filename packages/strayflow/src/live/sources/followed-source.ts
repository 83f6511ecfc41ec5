import { performance } from "node:perf_hooks";
import { stat } from "node:fs/promises";
import { ExpectedError } from "../../base/errors.ts";
import { begin, type Beginning } from "./begin.ts";
import { Catalog } from "./catalog.ts";
import { fileState } from "./file-state.ts";
import { LogReading } from "./log-reading.ts";
import { isConnName, isRotatedFrom } from "./names.ts";
import type { NoticeCode } from "./notices.ts";
import { followTimes, type FollowTimes } from "./options.ts";
import { startPosition, type Position } from "./position.ts";
import type { Source, SourceEvent } from "./source.ts";
import type { SourceSpec } from "./spec.ts";
import { Tree } from "./tree.ts";
import { Wake } from "./wake.ts";

/** Changes that come close together are looked at together. */
const GATHER_MILLIS = 5;

export interface FollowOptions extends Beginning {
  readonly position?: Position | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The wall clock: milliseconds since 1970. */
  readonly clock?: (() => number) | undefined;
  readonly times?: Partial<FollowTimes> | undefined;
}

/** Files and directories, followed until the signal or the receiver ends it. */
export class FollowedSource implements Source {
  readonly name: string;
  position: Position = startPosition;
  lastDataAt: number | undefined;
  readonly #root: string;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: () => number;
  readonly #times: FollowTimes;
  readonly #catalog: Catalog;
  readonly #tree: Tree;
  readonly #notices: SourceEvent[] = [];
  readonly #now = () => performance.now();
  #lastSweep = -Infinity;
  #lastFull = -Infinity;
  #lastPoll = -Infinity;
  #isSweepDue = true;
  /** Since when the source is not there. */
  #missingSince: number | undefined;
  #isMissingSaid = false;

  constructor({ name, path }: SourceSpec, options: FollowOptions) {
    this.name = name;
    this.#root = path;
    this.#signal = options.signal;
    this.#clock = options.clock ?? Date.now;
    this.#times = { ...followTimes, ...options.times };
    const onNotice = (code: NoticeCode, file: string, message: string) => {
      this.#notices.push({ kind: "notice", notice: { code, file, message } });
    };
    this.#onNotice = onNotice;
    this.position = options.position ?? startPosition;
    this.#catalog = new Catalog(this.position, { root: path, times: this.#times, onNotice });
    this.#tree = new Tree(
      path,
      (file) => this.#accepts(file),
      (file) => this.#catalog.isWarm(file, this.#now()),
    );
  }

  readonly #onNotice: (code: NoticeCode, file: string, message: string) => void;

  /** Looks around for the first time and decides where to begin. Throws `ExpectedError` where a new source is not there. */
  async start(options: FollowOptions): Promise<void> {
    await this.#sweep();
    if (options.position !== undefined) return;
    if (this.#missingSince !== undefined) {
      throw new ExpectedError("input-missing", "no such file or directory", { file: this.#root });
    }
    if (this.#catalog.files.size === 0) {
      this.#onNotice("empty", this.#root, "there is no conn log yet; it is waited for");
    }
    this.position = await begin(this.#catalog, this.#root, options, this.#onNotice);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SourceEvent, void, undefined> {
    const { times, now } = { times: this.#times, now: this.#now };
    const reading = new LogReading(this.#catalog, { times, now, onNotice: this.#onNotice });
    const wake = new Wake();
    let isBurst = true;
    try {
      for (;;) {
        this.#signal?.throwIfAborted();
        if (wake.isMoved) this.#isSweepDue = true;
        wake.isMoved = false;
        await this.#poll(reading);
        if (this.#isSweepDue || now() - this.#lastSweep >= times.sweepMillis) {
          await this.#sweep();
          wake.watch(this.#tree.folders);
        }
        if (this.#catalog.isExaminationDue) {
          await this.#catalog.examineAll();
          this.#isSweepDue = true;
        }
        reading.judgeCut();
        yield* this.#notices.splice(0);
        for await (const end of reading.ends()) {
          isBurst = true;
          yield end;
        }
        const choice = reading.choose();
        if (choice.kind === "read") {
          for await (const event of reading.read(choice.file)) {
            if (event.kind === "bytes") this.lastDataAt = this.#clock();
            isBurst = true;
            yield event;
          }
          continue;
        }
        if (choice.kind === "nothing" && isBurst && !this.#isSweepDue) {
          if (!reading.isCaughtUp) this.#missLogs(reading);
          reading.isCaughtUp = true;
          yield* this.#notices.splice(0);
          isBurst = false;
          yield { kind: "idle" };
        }
        if (!this.#isSweepDue)
          await wake.wait(Math.min(GATHER_MILLIS, times.pollMillis), times.pollMillis, this.#signal);
      }
    } finally {
      wake.close();
      await this.#catalog.close();
    }
  }

  /** Looks at the files that are being read, and whether others have come in their place. */
  async #poll(reading: LogReading): Promise<void> {
    const now = this.#now();
    if (now - this.#lastPoll < GATHER_MILLIS) return;
    this.#lastPoll = now;
    for (const file of this.#catalog.opened) {
      if (file.handle === undefined) continue;
      file.update(fileState(await file.handle.stat({ bigint: true })), now);
      if (file.state.size < file.readTo) reading.cut(file);
    }
    for (const path of this.#catalog.livePaths) {
      const known = this.#catalog.at(path);
      const key = await keyOf(path);
      if (key !== known?.state.key) this.#isSweepDue = true;
      else if (known !== undefined && known.handle === undefined && known.state.size === 0)
        this.#isSweepDue = true;
    }
  }

  async #sweep(): Promise<void> {
    const now = this.#now();
    const wallNow = this.#clock();
    const isFull = now - this.#lastFull >= this.#times.rescanMillis;
    const sweep = await this.#tree.sweep(isFull, wallNow);
    this.#lastSweep = this.#now();
    if (isFull) this.#lastFull = now;
    const found = this.#catalog.take(sweep, this.#now(), wallNow);
    if (found > 0) this.#catalog.prune();
    await this.#catalog.examineAll();
    // What is new is read after one more look: what was moved while this one went on may have been missed.
    this.#isSweepDue = found > 0;
    this.#lookForRoot(sweep.isThere, now);
  }

  #lookForRoot(isThere: boolean, now: number): void {
    if (isThere) {
      if (this.#isMissingSaid) this.#onNotice("returned", this.#root, "the source is back");
      this.#missingSince = undefined;
      this.#isMissingSaid = false;
      return;
    }
    this.#missingSince ??= now;
    if (this.#isMissingSaid || now - this.#missingSince < this.#times.settleMillis) return;
    this.#isMissingSaid = true;
    this.#onNotice("vanished", this.#root, "no such file or directory; it is looked for until it comes back");
  }

  #missLogs(reading: LogReading): void {
    for (const log of reading.open) {
      if (log.files.size > 0) continue;
      this.#onNotice(
        "gone",
        log.file,
        "the log that was being read is nowhere to be found; what was added to it since is lost unless it turns up",
      );
    }
  }

  /** Conn logs, by name; beside a file that was named, what it is called after rotation. */
  #accepts(path: string): boolean {
    return path === this.#root || isConnName(path) || isRotatedFrom(this.#root, path);
  }
}

async function keyOf(path: string): Promise<string | undefined> {
  try {
    return fileState(await stat(path, { bigint: true })).key;
  } catch {
    return undefined;
  }
}
