import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { makeFolder } from "../../base/make-folder.ts";

/** A directory that appears complete or not at all. */
export interface OutputDirectory {
  /** Where to write; becomes the wanted directory on `keep`. */
  readonly path: string;
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/** The file that marks a directory as one of ours, which may be replaced when asked. */
export const simulationFile = "simulation.json";

/**
 * A temporary directory beside `out`. Throws `output-failed` where `out` is a file, or a directory that holds
 * something; with `overwrite`, only where that is not an earlier simulation.
 */
export async function openOutputDirectory(out: string, overwrite: boolean): Promise<OutputDirectory> {
  const wanted = resolve(out);
  const held = await contents(wanted);
  if (held.length > 0 && !overwrite) {
    throw new ExpectedError(
      "output-failed",
      `${out} is not empty: give a new or empty directory, or ask to overwrite it`,
    );
  }
  if (held.length > 0 && !held.includes(simulationFile)) {
    throw new ExpectedError(
      "output-failed",
      `${out} holds other things than a simulation, so it is not overwritten`,
    );
  }
  const path = await expected(out, async () => {
    await makeFolder(dirname(wanted));
    // Not mkdtemp: the directory is kept, so it gets the permissions of any other.
    const partial = `${wanted}.partial-${randomBytes(6).toString("hex")}`;
    await mkdir(partial);
    return partial;
  });
  return {
    path,
    keep: () => expected(out, () => replace(path, wanted, held.length > 0)),
    discard: () => rm(path, { recursive: true, force: true }),
  };
}

/** Turns a failure of the file system into the expected kind; lets everything else through. */
export async function expected<T>(out: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) throw error;
    throw new ExpectedError("output-failed", `cannot write ${out}: ${error.message}`, undefined, {
      cause: error,
    });
  }
}

async function contents(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return [];
    if (code === "ENOTDIR")
      throw new ExpectedError("output-failed", `${directory} is a file; expected a directory`);
    throw new ExpectedError("output-failed", `cannot look into ${directory}: ${String(error)}`, undefined, {
      cause: error,
    });
  }
}

async function replace(from: string, to: string, occupied: boolean): Promise<void> {
  if (!occupied) {
    await rm(to, { recursive: true, force: true });
    await rename(from, to);
    return;
  }
  // The old one goes last: a failure in between leaves it complete beside the new one.
  const old = await mkdtemp(`${to}.old-`);
  await rename(to, join(old, "simulation"));
  await rename(from, to);
  await rm(old, { recursive: true, force: true });
}
