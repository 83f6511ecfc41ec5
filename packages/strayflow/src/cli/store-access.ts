import { open, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ExpectedError } from "../base/errors.ts";
import { connectWatch, controlPath, type StoreOperation } from "../live/control/index.ts";
import { openWatchStore, type WatchStore } from "../store/index.ts";

/** What commands ask of a store, whoever has it open. */
export type AskedStore = Pick<WatchStore, StoreOperation>;

/** A store for a while: over the socket of the watch that owns it, else the file itself. */
export interface StoreAccess extends AsyncDisposable {
  readonly store: AskedStore;
  /** A running watch answers. */
  readonly isWatched: boolean;
}

export interface AccessOptions {
  /** Absent where it is only read. */
  readonly forWriting?: boolean;
  readonly signal: AbortSignal;
}

/** A watch that begins opens the file first and listens then; another command has it open for a moment. */
const BUSY_MILLIS = 3000;
const RETRY_MILLIS = 150;

/**
 * Opens a store for a command. Throws `ExpectedError` where the file is not there, is no store, is of a later version, or is in
 * use by something that does not answer.
 */
export async function openStoreAccess(
  file: string,
  { forWriting = false, signal }: AccessOptions,
): Promise<StoreAccess> {
  for (let waited = 0; ; waited += RETRY_MILLIS) {
    signal.throwIfAborted();
    const watched = await askWatch(file);
    if (watched !== undefined) {
      const store = untilAborted(watched, signal);
      return { store, isWatched: true, [Symbol.asyncDispose]: () => Promise.resolve() };
    }
    try {
      const store = await openFile(file, forWriting);
      return { store, isWatched: false, [Symbol.asyncDispose]: () => store.close() };
    } catch (error) {
      if (!(error instanceof ExpectedError) || error.kind !== "store-busy" || waited >= BUSY_MILLIS)
        throw error;
    }
    await sleep(RETRY_MILLIS, undefined, { signal });
  }
}

/** The watch that owns a store, if there is one. */
export async function askWatch(file: string) {
  try {
    return await connectWatch(file);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "EACCES" && code !== "EPERM") throw cause;
    const message = `a watch of another user owns the store, and its socket ${controlPath(file)} is closed to you: run this as that user`;
    throw new ExpectedError("store-busy", message, { file }, { cause });
  }
}

/** Throws `ExpectedError` "store-missing" or "store-damaged" where no store can be in the file. */
export async function needStoreFile(file: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new ExpectedError("store-missing", "there is no such store", { file }, { cause });
  });
  if (!found.isFile()) throw new ExpectedError("store-damaged", "expected the file of a store", { file });
  if (found.size === 0)
    throw new ExpectedError("store-damaged", "expected a store of strayflow, found an empty file", { file });
  // The database engine would read a table of CSV or JSON as well, as a database of its own.
  if ((await magicOf(file)) !== "DUCK")
    throw new ExpectedError("store-damaged", "expected a store of strayflow, found something else", { file });
}

/** The four characters with which a file of the database engine says what it is; "" where it cannot be read. */
async function magicOf(file: string): Promise<string> {
  const handle = await open(file).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ExpectedError("input-unreadable", `cannot open the store: ${reason}`, { file }, { cause });
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 8);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function openFile(file: string, forWriting: boolean): Promise<WatchStore> {
  await needStoreFile(file);
  if (forWriting) return await openWatchStore({ file });
  try {
    return await openWatchStore({ file, readOnly: true });
  } catch (error) {
    if (!(error instanceof ExpectedError) || error.kind !== "store-version") throw error;
    // One of an earlier version is brought to this one by opening it; a later one is refused again.
    return await openWatchStore({ file });
  }
}

/** Rejects what is asked when the user wants the run to end, since a signal does not go over a socket. */
function untilAborted<Asked extends object>(asked: Asked, signal: AbortSignal): Asked {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  aborted.catch(() => undefined);
  const wrapped = Object.entries(asked).map(
    ([name, ask]: [string, (...args: unknown[]) => Promise<unknown>]) => [
      name,
      (...args: unknown[]) => Promise.race([ask(...args), aborted]),
    ],
  );
  return Object.fromEntries(wrapped) as Asked;
}
