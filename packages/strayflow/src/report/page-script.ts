import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/**
 * The script of the page: one file with everything in it. The published package carries it ready made; where the program
 * runs from its sources it is bundled on first use.
 */
export async function pageScript(): Promise<string> {
  if (!import.meta.url.endsWith(".ts")) {
    return await readFile(fileURLToPath(new URL("browser/page.min.js", import.meta.url)), "utf8");
  }
  const { cachedBundle } = await import("./bundle-page.ts");
  return await cachedBundle();
}
