import { watch, type FSWatcher } from "node:fs";

/** So many folders are watched; the others are only looked at from time to time. */
const MAX_WATCHED = 64;

/**
 * Waits, but no longer than until something happens in the folders it watches. The file system need not tell of anything
 * (network file systems do not): then it is a plain wait.
 */
export class Wake {
  readonly #watchers = new Map<string, FSWatcher>();
  /** Something came, went or was renamed; to be reset by whoever looks. */
  isMoved = false;
  #isDue = false;
  #ring: () => void = () => {};

  /** Watches these folders and no others; the first ones where they are many. */
  watch(folders: readonly string[]): void {
    const wanted = new Set(folders.slice(0, MAX_WATCHED));
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, (event) => {
          if (event === "rename") this.isMoved = true;
          this.ring();
        });
        watcher.on("error", () => {
          watcher.close();
          this.#watchers.delete(folder);
        });
        this.#watchers.set(folder, watcher);
      } catch {
        // No watches are left, or the folder is gone: looking from time to time has to do.
      }
    }
  }

  ring(): void {
    this.#isDue = true;
    this.#ring();
  }

  /** Waits for at least `leastMillis`, at most `mostMillis`. Throws the reason of an abort. */
  async wait(leastMillis: number, mostMillis: number, signal: AbortSignal | undefined): Promise<void> {
    await pause(leastMillis, signal);
    if (!this.#isDue) {
      const rung = new Promise<void>((resolve) => (this.#ring = resolve));
      await pause(mostMillis - leastMillis, signal, rung);
      this.#ring = () => {};
    }
    this.#isDue = false;
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}

async function pause(millis: number, signal: AbortSignal | undefined, rung?: Promise<void>): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, millis);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  void rung?.then(resolve);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
