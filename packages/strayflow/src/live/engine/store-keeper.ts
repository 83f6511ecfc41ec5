import { setTimeout as sleep } from "node:timers/promises";
import { ExpectedError } from "../../base/errors.ts";
import { Suppressor, type SuppressibleAlert } from "../../detect/suppress/index.ts";
import type { Outbox } from "../../sinks/index.ts";
import { openWatchStore } from "../../store/index.ts";
import type { Step, StepResult, WatchStore, WatchStoreOptions } from "../../store/index.ts";
import type { EngineLog } from "./engine-log.ts";

export interface KeeperOptions extends WatchStoreOptions {
  readonly file: string;
  readonly log: EngineLog;
  /** Opens the store; tests give one that fails. */
  readonly open?: ((options: WatchStoreOptions) => Promise<WatchStore>) | undefined;
  /** Between two attempts. */
  readonly retryMillis?: number | undefined;
}

/**
 * Keeps the store open for as long as the watch runs. What cannot be stored (a full disk) is tried until it can: the store is
 * closed and opened anew in between, and until then nothing more is read.
 */
export class StoreKeeper {
  readonly #options: KeeperOptions;
  #store: WatchStore;
  #suppressor = new Suppressor([]);
  #hasSuppressions = false;
  #suppressionsSeen = NaN;
  /** Why nothing can be stored now, and since when (milliseconds since 1970). */
  #trouble: { readonly text: string; readonly since: number } | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #giveUp = false;
  /** Number of the last journal entry of each sensor that was stored. */
  readonly #journals = new Map<string, number>();

  private constructor(options: KeeperOptions, store: WatchStore) {
    this.#options = options;
    this.#store = store;
  }

  static async open(options: KeeperOptions): Promise<StoreKeeper> {
    return new StoreKeeper(options, await (options.open ?? openWatchStore)(options));
  }

  /** To be asked for anew each time: another one after trouble. */
  get store(): WatchStore {
    return this.#store;
  }

  get trouble(): { readonly text: string; readonly since: number } | undefined {
    return this.#trouble;
  }

  /** The outbox of the store that is open. */
  get outbox(): Outbox {
    return {
      take: (sink, limit) => this.#store.outbox.take(sink, limit),
      done: (sink, ids) => this.#store.outbox.done(sink, ids),
      failed: (sink, ids, error, retryAt) => this.#store.outbox.failed(sink, ids, error, retryAt),
      waiting: (sink) => this.#store.outbox.waiting(sink),
    };
  }

  /** Stores a step; rejects only after `endSoon`, or where the store refuses for a reason that waiting does not mend. */
  async commit(step: Step): Promise<StepResult> {
    const stored = this.#writing.then(() => this.#commitNow(step));
    this.#writing = stored.catch(() => undefined);
    return stored;
  }

  /** Ids of the active suppressions that cover an alert. */
  suppressions(given: () => SuppressibleAlert, now: number): readonly number[] {
    return this.#hasSuppressions ? this.#suppressor.match(given(), now) : [];
  }

  /** Reads the suppressions where they have changed. */
  async readSuppressions(): Promise<void> {
    const { suppressionsChanged } = this.#store;
    if (suppressionsChanged === this.#suppressionsSeen) return;
    const suppressions = await this.#store.suppressions();
    this.#suppressor = new Suppressor(suppressions);
    this.#hasSuppressions = suppressions.length > 0;
    this.#suppressionsSeen = suppressionsChanged;
  }

  /** From now on, what cannot be stored at once is given up: nothing of it counts as read. */
  endSoon(): void {
    this.#giveUp = true;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#store.close();
  }

  async #commitNow(step: Step): Promise<StepResult> {
    const { log, retryMillis = RETRY_MILLIS } = this.#options;
    const before = this.#journals.get(step.sensor);
    for (let attempt = 0; ; attempt++) {
      try {
        const done = attempt > 0 ? await this.#alreadyDone(step, before) : undefined;
        const result = done ?? (await this.#store.commitStep(step));
        this.#journals.set(step.sensor, result.journal);
        if (this.#trouble !== undefined) log.info({}, "the store takes what it is given again");
        this.#trouble = undefined;
        await this.readSuppressions();
        return result;
      } catch (error) {
        if (!(error instanceof ExpectedError) || !mayPass.has(error.kind)) throw error;
        if (this.#trouble === undefined)
          log.error({ error: error.message }, "nothing can be stored; it is tried until it can");
        this.#trouble ??= { text: error.message, since: Date.now() };
        if (this.#giveUp) throw error;
        await sleep(retryMillis);
        await this.#reopen();
      }
    }
  }

  /** A step whose end was not heard of may have been stored all the same. */
  async #alreadyDone(step: Step, before: number | undefined): Promise<StepResult | undefined> {
    const entries = step.journal?.length ?? 0;
    if (before === undefined || entries === 0) return undefined;
    const saved = await this.#store.loadSensor(step.sensor);
    if (saved === undefined || saved.lastJournal !== before + entries) return undefined;
    return { journal: saved.lastJournal, alerts: saved.alerts, changed: [] };
  }

  async #reopen(): Promise<void> {
    const { open = openWatchStore } = this.#options;
    await this.#store.close().catch(() => undefined);
    try {
      this.#store = await open(this.#options);
      this.#suppressionsSeen = NaN;
    } catch (error) {
      this.#options.log.debug({ error: String(error) }, "the store cannot be opened yet");
    }
  }
}

/** What may be otherwise in a while. */
const mayPass: ReadonlySet<string> = new Set(["output-failed", "store-busy"]);

const RETRY_MILLIS = 2000;
