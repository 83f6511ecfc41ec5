import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isAbort } from "../base/errors.ts";
import { countOf } from "../output/figures.ts";
import type { AlertFilter, StoredAlert } from "../store/index.ts";
import type { CommandContext } from "./command.ts";
import { askWatch, openStoreAccess, type AskedStore } from "./store-access.ts";

const EVERY_MILLIS = 1000;
/** Of new alerts at once; a flood is told by number. */
const MOST_AT_ONCE = 500;
const PAGE = 200;

/**
 * Follows the alerts of a store: asks its watch each second, or looks into the file whenever it has changed. Between two looks
 * nothing is held open, so that a watch can start.
 */
export class AlertTail {
  readonly #file: string;
  readonly #where: AlertFilter;
  readonly #last: number;
  readonly #context: CommandContext;
  /** How many alerts of each sensor were seen: they are numbered in order. */
  #seen = new Map<string, number>();

  constructor(file: string, where: AlertFilter, last: number, context: CommandContext) {
    this.#file = file;
    this.#where = where;
    this.#last = last;
    this.#context = context;
  }

  /** The last ones first, then new ones as they come, in order of time; ends when the user wants it to. */
  async *follow(): AsyncGenerator<readonly StoredAlert[]> {
    const { signal } = this.#context.io;
    try {
      let isBegun = false;
      let state = "";
      for (;;) {
        const before = await this.#state();
        if (!isBegun || before === undefined || before !== state) {
          await using access = await openStoreAccess(this.#file, { signal });
          if (!isBegun && !access.isWatched)
            this.#context.remark("No watch runs on this store; waiting for what one will add.");
          yield isBegun ? await this.#news(access.store) : await this.#begin(access.store);
          isBegun = true;
          state = before ?? "";
        }
        await sleep(EVERY_MILLIS, undefined, { signal });
      }
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) throw error;
    }
  }

  /** What tells that the file was written to; undefined while a watch answers. */
  async #state(): Promise<string | undefined> {
    if ((await askWatch(this.#file)) !== undefined) return undefined;
    const files = [this.#file, `${this.#file}.wal`];
    const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
    return found.map((one) => (one === undefined ? "-" : `${one.size} ${one.mtimeMs}`)).join(" ");
  }

  async #begin(store: AskedStore): Promise<readonly StoredAlert[]> {
    await this.#count(store);
    if (this.#last === 0) return [];
    const limit = Math.min(1000, this.#last);
    const { alerts } = await store.alerts({ where: this.#where, order: "latest", limit });
    return alerts.toReversed();
  }

  async #news(store: AskedStore): Promise<readonly StoredAlert[]> {
    const before = this.#seen;
    await this.#count(store);
    const found: StoredAlert[] = [];
    for (const [sensor, count] of this.#seen) {
      const from = before.get(sensor) ?? 0;
      if (count > from) found.push(...(await this.#since(store, sensor, from)));
    }
    return found.toSorted((a, b) => a.alert.end - b.alert.end);
  }

  async #count(store: AskedStore): Promise<void> {
    this.#seen = new Map((await store.sensors()).map(({ name, alerts }) => [name, alerts]));
  }

  /** Alerts of a sensor from a number on. They come in order of time, but for a little, so a page without any is the last. */
  async #since(store: AskedStore, sensor: string, from: number): Promise<readonly StoredAlert[]> {
    const asked = this.#where.sensor;
    if (asked !== undefined && !asked.includes(sensor)) return [];
    const found: StoredAlert[] = [];
    let cursor: string | undefined;
    do {
      const where = { ...this.#where, sensor: [sensor] };
      const page = await store.alerts({
        where,
        order: "latest",
        limit: PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      const fresh = page.alerts.filter(({ ordinal }) => ordinal >= from);
      found.push(...fresh);
      cursor = fresh.length === 0 ? undefined : page.next;
    } while (cursor !== undefined && found.length < MOST_AT_ONCE);
    if (cursor !== undefined)
      this.#context.remark(
        `More than ${countOf(found.length, "alert")} at once from ${sensor}: the latest are shown.`,
      );
    return found;
  }
}
