import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../packages/strayflow/src/base/random.ts";
import { writeNpy } from "./npy.ts";

/** Columns of the network that this project carries on; simulated traffic has fewer services and so fewer columns. */
const WIDTH = 55;
const SOURCES = 12;

/**
 * The path of a matrix with something in it to learn: mixtures of a few hidden sources with noise, no two rows alike.
 * Everyone who measures an epoch reads this one file.
 */
export function structuredMatrix(cache: string, rows: number): string {
  const path = join(cache, `structured-${rows}x${WIDTH}.npy`);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  const random = seededRandom("epoch");
  const mixing = Float32Array.from({ length: SOURCES * WIDTH }, () => random.normal() / 3);
  const sources = new Float64Array(SOURCES);
  const making = `${path}.${process.pid}`;
  writeNpy(making, { rows, width: WIDTH }, (block, blockRows) => {
    for (let at = 0; at < blockRows * WIDTH;) {
      for (let s = 0; s < SOURCES; s++) sources[s] = random.uniform() * 2 - 1;
      for (let column = 0; column < WIDTH; column++) {
        let value = random.uniform() * 0.2;
        for (let s = 0; s < SOURCES; s++) value += sources[s]! * mixing[s * WIDTH + column]!;
        // Every third column is cut at 0, as counts are.
        block[at++] = column % 3 === 0 ? Math.max(0, value) : value;
      }
    }
  });
  renameSync(making, path);
  return path;
}
