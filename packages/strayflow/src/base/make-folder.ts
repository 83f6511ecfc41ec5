import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it that are missing; one that is there is fine. Node's own recursive `mkdir` never
 * returns where a file system answers ENOENT although the folder above exists, as /proc and automounters do.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path).catch((again: unknown) => {
      // Somebody else may have made it meanwhile.
      if (!(again instanceof Error && "code" in again && again.code === "EEXIST")) throw again;
    });
  }
}
