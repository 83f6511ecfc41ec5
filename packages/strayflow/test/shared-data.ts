import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));

/** Whether the real logs that some tests read are beside the repository. They are not part of it. */
export const hasSharedData = existsSync(root);

if (!hasSharedData)
  console.warn("skipped: tests on real logs, because ../shared/data is not beside the repository");

/** Path of a real log; only meaningful where `hasSharedData`. */
export function sharedData(path: string): string {
  return root + path;
}
