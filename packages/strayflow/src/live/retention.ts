import { setTimeout as sleep } from "node:timers/promises";
import type { Pruned, WatchStore } from "../store/index.ts";
import type { EngineLog } from "./engine/engine-log.ts";

/** How long things are kept; what is not given, for ever. */
export interface RetentionLimits {
  /** Age of connections. */
  readonly days?: number | undefined;
  /** Age of incidents that are over, with their alerts; that of connections unless told. */
  readonly incidentDays?: number | undefined;
  /** What the store may take. */
  readonly gigabytes?: number | undefined;
}

export interface RetentionOptions {
  readonly limits: RetentionLimits;
  /** Asked for anew each time. */
  readonly store: () => Pick<WatchStore, "prune">;
  /** Whether nothing waits to be judged. */
  readonly isIdle: () => boolean;
  readonly log: EngineLog;
  readonly everyMillis?: number | undefined;
  /** A watch that is never idle lets a piece be removed after so long. */
  readonly patienceMillis?: number | undefined;
}

/**
 * Removes what is older than it may be, or too much, every hour: in pieces that each wait for a moment in which nothing has to be
 * judged. Whoever starts it closes it.
 */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #ended = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    const { everyMillis = HOUR_MILLIS } = this.#options;
    // Soon after the start too: a watch that is started anew each night would never come to it.
    this.#timer = setTimeout(
      () => {
        void this.run();
        this.#timer = setInterval(() => void this.run(), everyMillis);
      },
      Math.min(everyMillis, SOON_MILLIS),
    );
  }

  /** Removes what is to go now; undefined where that failed, which the log tells, or where it is under way already. */
  async run(): Promise<Pruned | undefined> {
    if (this.#running !== undefined) return undefined;
    const running = this.#prune();
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#ended.abort();
    await this.#running;
  }

  async #prune(): Promise<Pruned | undefined> {
    const { limits, store, log } = this.#options;
    const { signal } = this.#ended;
    const retention = {
      olderThanDays: limits.days,
      incidentsOlderThanDays: limits.incidentDays,
      maxBytes: limits.gigabytes === undefined ? undefined : limits.gigabytes * 1e9,
    };
    try {
      const removed = await store().prune(retention, { signal, between: () => this.#idle() });
      if (removed.connections + removed.incidents > 0)
        log.info({ ...removed }, "what is older than the retention was removed");
      return removed;
    } catch (error) {
      if (!signal.aborted) log.error({ error: String(error) }, "nothing could be removed");
      return undefined;
    }
  }

  async #idle(): Promise<void> {
    const { isIdle, patienceMillis = PATIENCE_MILLIS } = this.#options;
    const { signal } = this.#ended;
    const until = performance.now() + patienceMillis;
    while (!isIdle() && performance.now() < until && !signal.aborted)
      await sleep(LOOK_MILLIS, undefined, { signal }).catch(() => undefined);
  }
}

const HOUR_MILLIS = 3_600_000;
const SOON_MILLIS = 60_000;
const PATIENCE_MILLIS = 60_000;
const LOOK_MILLIS = 20;
