import type { Random } from "../base/random.ts";
import type { MatrixData } from "../features/family.ts";

/** A uniform random sample of the rows of a matrix that is too long to keep. */
export interface MatrixSample {
  add(matrix: MatrixData, rows: number): void;
  /** The rows kept so far, row-major; all of them in their order as long as they are within the limit. */
  matrix(): Float32Array;
}

/** Reservoir sampling (Vitter 1985, algorithm R) of at most `limit` rows. Memory grows with the rows that come. */
export function openMatrixSample(width: number, limit: number, random: Random): MatrixSample {
  let kept = new Float32Array(Math.min(limit, 1024) * width);
  let seen = 0;
  return {
    add(matrix, rows) {
      for (let row = 0; row < rows; row++, seen++) {
        const place = seen < limit ? seen : random.integer(seen + 1);
        if (place >= limit) continue;
        if ((place + 1) * width > kept.length) {
          const larger = new Float32Array(Math.min(limit * width, 2 * kept.length));
          larger.set(kept);
          kept = larger;
        }
        for (let column = 0, from = row * width, to = place * width; column < width; column++) {
          kept[to + column] = matrix[from + column]!;
        }
      }
    },
    matrix: () => kept.subarray(0, Math.min(seen, limit) * width),
  };
}
