import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { ExpectedError } from "../base/errors.ts";
import { ConnectionWriter } from "./connection-writer.ts";
import { DuckdbStore, type StoreParts } from "./duckdb-store.ts";
import { migrate } from "./schema.ts";
import type { Store, StoreOptions } from "./store.ts";
import { DuckdbWatchStore } from "./watch/duckdb-watch-store.ts";
import type { WatchStore, WatchStoreOptions } from "./watch/watch-store.ts";

const USUAL_MEMORY = 400e6;

/** Below this the engine cannot sort or group what a store holds. */
const LEAST_MEMORY = 64e6;

/**
 * Opens a store: a file that is made where there is none, or a temporary one that is gone after `close` (and after an abort of
 * `signal`). One process at a time may have a file open for writing.
 *
 * Throws `ExpectedError` where the file is no store, is of a later version, is in use, or cannot be read or written.
 */
export function openStore(options: StoreOptions = {}): Promise<Store> {
  return openWith(options, async (parts) => new DuckdbStore(parts));
}

/** The same with the tables of live detection. */
export function openWatchStore({ now = Date.now, ...options }: WatchStoreOptions = {}): Promise<WatchStore> {
  return openWith(options, (parts) => DuckdbWatchStore.open(parts, now));
}

async function openWith<S extends Store>(
  options: StoreOptions,
  make: (parts: StoreParts) => Promise<S>,
): Promise<S> {
  const { signal, readOnly = false, keepUid = false } = options;
  signal?.throwIfAborted();
  const folder = await makeFolderFor(options.tempFolder ?? tmpdir());
  let instance: DuckDBInstance | undefined;
  let connection: DuckDBConnection | undefined;
  try {
    const file = options.file ?? join(folder, "store.duckdb");
    if (readOnly) await needFile(file);
    instance = await openFile(file, folder, options);
    connection = await instance.connect();
    await lockDown(connection, options.file);
    await migrate(connection, file, { readOnly });
    const writer = readOnly ? undefined : await ConnectionWriter.open(connection, { keepUid });
    signal?.throwIfAborted();
    const store = await make({ instance, connection, writer, file, folder });
    signal?.addEventListener("abort", () => void store.close(), { once: true });
    return store;
  } catch (error) {
    connection?.closeSync();
    instance?.closeSync();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function makeFolderFor(parent: string): Promise<string> {
  try {
    return await mkdtemp(join(parent, "strayflow-store-"));
  } catch (error) {
    throw new ExpectedError(
      "output-failed",
      `cannot make a temporary folder: ${messageOf(error)}`,
      { file: parent },
      { cause: error },
    );
  }
}

async function needFile(file: string): Promise<void> {
  try {
    await stat(file);
  } catch (error) {
    throw new ExpectedError(
      "store-missing",
      `there is no store: ${messageOf(error)}`,
      { file },
      { cause: error },
    );
  }
}

async function openFile(file: string, folder: string, options: StoreOptions): Promise<DuckDBInstance> {
  try {
    // From the cache of this process: opening a file twice beside one another would silently give up its lock.
    return await DuckDBInstance.fromCache(file, {
      access_mode: options.readOnly === true ? "READ_ONLY" : "READ_WRITE",
      memory_limit: `${Math.max(LEAST_MEMORY, Math.floor(options.memoryLimit ?? USUAL_MEMORY))}B`,
      threads: String(options.threads ?? availableParallelism()),
      temp_directory: join(folder, "spill"),
      // What is freed goes back to the system at once, not when the next query ends.
      allocator_background_threads: "true",
      allocator_flush_threshold: "8MB",
      allocator_bulk_deallocation_flush_threshold: "32MB",
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      allow_community_extensions: "false",
    });
  } catch (error) {
    throw openError(error, file);
  }
}

/** Turns what the engine says about a file into an error that says what to do. */
function openError(error: unknown, file: string): unknown {
  const message = messageOf(error);
  const expected = (kind: "store-busy" | "store-damaged" | "store-version" | "output-failed", text: string) =>
    new ExpectedError(kind, text, { file }, { cause: error });
  const holder = /\(PID (\d+)\)/.exec(message)?.[1];
  if (/conflicting lock|could not set lock|different configuration/i.test(message))
    return expected(
      "store-busy",
      `the store is in use${holder === undefined ? "" : ` by process ${holder}`}`,
    );
  if (/not a valid DuckDB database|is a directory/i.test(message))
    return expected("store-damaged", "expected a store of strayflow, found something else");
  if (/newer version|version number|storage version/i.test(message))
    return expected("store-version", "the store was written by a later version of the database engine");
  if (
    /^(?:Error: )?(?:IO Error|Serialization Error|Fatal Error)/i.test(message) &&
    /checksum|corrupt|deserializ/i.test(message)
  )
    return expected("store-damaged", `the store is damaged: ${message}`);
  if (/IO Error|Permission/i.test(message))
    return expected("output-failed", `cannot open the store: ${message}`);
  return error;
}

/** No statement may reach beyond the file, and none may undo this. */
async function lockDown(connection: DuckDBConnection, file: string | undefined): Promise<void> {
  const locked = await connection.runAndReadAll("SELECT current_setting('lock_configuration')::VARCHAR");
  if (locked.getRows()[0]?.[0] === "true")
    throw new ExpectedError("store-busy", "the store is already open in this process", { file: file ?? "" });
  await connection.run("SET enable_external_access = false");
  if (file === undefined) {
    // What is temporary need not be brought into order before it is thrown away,
    await connection.run("PRAGMA disable_checkpoint_on_shutdown");
    // nor every way of packing be tried on it: that is a fifth of the time of appending.
    await connection.run("SET force_compression = 'bitpacking'");
  }
  await connection.run("SET lock_configuration = true");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
