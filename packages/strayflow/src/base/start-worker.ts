import { getCompileCacheDir } from "node:module";
import { dirname } from "node:path";
import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Starts a thread on another file of this program. A thread does not know of the compile cache that the program has turned on;
 * with it, one starts in less time and takes some 30 MB less.
 *
 * @param from `import.meta.url` of the caller
 * @param file relative to it, without extension: sources run as they are, the package is compiled
 */
export function startWorker(from: string, file: string, options: WorkerOptions): Worker {
  const cache = getCompileCacheDir();
  const env = cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(cache) };
  return new Worker(new URL(`${file}.${from.endsWith(".ts") ? "ts" : "js"}`, from), { ...options, env });
}
