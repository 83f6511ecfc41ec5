import { Scorer, type ScoredRows } from "../autoencoder/scorer.ts";
import { Distance } from "../detect/distance.ts";
import type { RowScores } from "../detect/judge.ts";
import type { Manifest } from "../model/manifest.ts";

/** A row-major matrix that several threads see. */
export type SharedMatrix = Float32Array<SharedArrayBuffer>;

/** The voters that look at rows of the matrix alone, and remember nothing: the network, and the distance. */
export class MatrixVoters {
  /** Columns of the matrix. */
  readonly width: number;
  readonly #scorer: Scorer;
  /** Absent where the network alone votes. */
  readonly #distance: Distance | undefined;
  /** The runtime does not read shared memory under every Node; some rows at a time also stay in the processor's cache. */
  readonly #block: Float32Array;
  /** Settled once all that was asked before is answered, since there is one block. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(scorer: Scorer, distance: Distance | undefined) {
    this.width = scorer.width;
    this.#scorer = scorer;
    this.#distance = distance;
    this.#block = new Float32Array(BLOCK_ROWS * scorer.width);
  }

  /**
   * Whoever opens them closes them. Throws `model-damaged` where the bytes are not a network that can score.
   *
   * @param features those of the manifest; absent where the network alone votes
   */
  static async open(network: Uint8Array, features: Manifest["features"] | undefined): Promise<MatrixVoters> {
    const scorer = await Scorer.open(network, { file: "network.onnx" });
    return new MatrixVoters(scorer, features && new Distance(features));
  }

  /** What they say of the first `rows` rows of a row-major matrix, in new memory. Answers come in the order of calls. */
  hear(values: Float32Array, rows: number): Promise<RowScores> {
    const heard = this.#last.then(() => this.#hearNow(values, rows));
    this.#last = heard.catch(() => {});
    return heard;
  }

  async #hearNow(values: Float32Array, rows: number): Promise<RowScores> {
    const { width } = this;
    const block = this.#block;
    const network = new Float32Array(rows);
    const distance = new Float32Array(this.#distance === undefined ? 0 : rows);
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - from);
      block.set(values.subarray(from * width, (from + count) * width));
      network.set(await this.#scorer.score(block, count), from);
      if (this.#distance !== undefined) distance.set(this.#distance.of(block, count), from);
    }
    return { network, distance };
  }

  /** What the network expects of the first `rows` rows of a matrix, and how far off it is, column by column. */
  explain(values: Float32Array, rows: number): Promise<ScoredRows> {
    return this.#scorer.run(values, rows);
  }

  close(): Promise<void> {
    return this.#scorer.close();
  }
}

/** What the runtime takes in one call; a row's score is the same whatever rows it is scored with. */
const BLOCK_ROWS = 512;
