import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SimulationSummary } from "../../packages/strayflow/src/simulate/index.ts";
import { runStrayflow } from "./child.ts";

/** Rows of the benchmark file: as many as a month of the project's first network had. */
export const usualRows = 1_243_021;

export const usualCache = fileURLToPath(
  new URL("../../node_modules/.cache/strayflow-bench", import.meta.url),
);

/** The same connections in one .gz, one .gz an hour of a day, and one plain JSON file. */
export type LogShape = "single" | "hourly" | "json";

const shapes: Readonly<Record<LogShape, readonly string[]>> = {
  single: ["--files", "single"],
  hourly: ["--files", "hourly", "--days", "1"],
  json: ["--files", "single", "--format", "json", "--compression", "none"],
};

/** The paths of simulated logs; made when they are not in the cache. Logs of an older simulator are removed. */
export async function simulatedLogs(
  cache: string,
  shape: LogShape,
  rows: number,
): Promise<readonly string[]> {
  const directory = join(cache, `${shape}-${rows}-${simulatorVersion()}`);
  const list = join(directory, "files.json");
  if (!existsSync(list)) {
    removeOlder(cache, `${shape}-${rows}-`);
    const making = `${directory}.${process.pid}`;
    const words = ["simulate", "--out", making, "--rows", String(rows), ...shapes[shape]];
    const { result } = await runStrayflow<SimulationSummary>(words);
    writeFileSync(join(making, "files.json"), JSON.stringify(result.files));
    renameSync(making, directory);
  }
  const files = JSON.parse(readFileSync(list, "utf8")) as readonly string[];
  return files.map((file) => join(directory, file));
}

/** Names the logs that the simulator's present sources write. */
function simulatorVersion(): string {
  const sources = fileURLToPath(new URL("../../packages/strayflow/src/simulate/", import.meta.url));
  const hash = createHash("sha256");
  for (const file of globSync("**/*.ts", { cwd: sources }).sort())
    hash.update(readFileSync(join(sources, file)));
  return hash.digest("hex").slice(0, 12);
}

function removeOlder(cache: string, prefix: string): void {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    if (name.startsWith(prefix)) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
