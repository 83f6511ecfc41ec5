import { DuckDBInstance } from "@duckdb/node-api";
import { chmod, rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { openStore } from "../open-store.ts";
import { storeError } from "../store-error.ts";

const MEMORY = "512MB";

/**
 * Writes a store anew, as small as its content, in place of the old file; gives the bytes before and after. Needs room for
 * a second copy beside it. Throws `ExpectedError` where somebody has it open, or where it is no store.
 */
export async function vacuumStore(
  file: string,
): Promise<{ readonly before: number; readonly after: number }> {
  // Checks that it is a store, brings it to the newest version, and writes its log into the file.
  await (await openStore({ file })).close();
  const fresh = `${file}.vacuum-${process.pid}`;
  const { size: before, mode } = await stat(file);
  try {
    const instance = await DuckDBInstance.create(":memory:", {
      memory_limit: MEMORY,
      temp_directory: `${fresh}.spill`,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    try {
      const connection = await instance.connect();
      await connection.run(`ATTACH '${quoted(file)}' AS old (READ_ONLY)`);
      await connection.run(`ATTACH '${quoted(fresh)}' AS fresh`);
      await connection.run("COPY FROM DATABASE old TO fresh");
      await connection.run("DETACH fresh");
      await connection.run("DETACH old");
      connection.closeSync();
    } finally {
      instance.closeSync();
    }
    await chmod(fresh, mode);
    await rename(fresh, file);
    return { before, after: (await stat(file)).size };
  } catch (error) {
    throw storeError(error, file);
  } finally {
    await rm(fresh, { force: true });
    await rm(`${fresh}.wal`, { force: true });
    await rm(`${fresh}.spill`, { recursive: true, force: true });
  }
}

function quoted(path: string): string {
  return resolve(path).replaceAll("'", "''");
}
