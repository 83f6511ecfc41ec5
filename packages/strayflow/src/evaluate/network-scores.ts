import type { StageOptions } from "../base/stage.ts";
import { Scorer, type MatrixRows } from "../autoencoder/index.ts";

const BLOCK_ROWS = 8192;

/** The scores that a scoring model gives to the rows of a matrix. */
export async function networkScores(
  network: Uint8Array,
  matrix: MatrixRows,
  { signal }: StageOptions,
): Promise<Float64Array> {
  const scorer = await Scorer.open(network);
  try {
    const scores = new Float64Array(matrix.rows);
    const block = new Float32Array(BLOCK_ROWS * matrix.width);
    for (let start = 0; start < matrix.rows; start += BLOCK_ROWS) {
      signal?.throwIfAborted();
      const rows = Math.min(BLOCK_ROWS, matrix.rows - start);
      matrix.read(start, rows, block);
      scores.set((await scorer.run(block, rows)).score, start);
    }
    return scores;
  } finally {
    await scorer.close();
  }
}
