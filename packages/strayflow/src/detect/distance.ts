import type { Manifest } from "../model/manifest.ts";

/**
 * How far rows lie from the middle of the training rows, without any network: the mean over the features of
 * min(cap, ((value - median) / spread)^2), by the robust scaler that the network's inputs go through. A network that was
 * trained on an attack explains the attack; medians and quartiles hardly move. So this votes beside it.
 */
export class Distance {
  readonly #columns: Uint32Array;
  readonly #center: Float64Array;
  readonly #inverse: Float64Array;
  readonly #width: number;

  constructor(features: Manifest["features"]) {
    const seen = features
      .map((feature, column) => ({ ...feature, column }))
      .filter(({ constant }) => !constant);
    this.#columns = Uint32Array.from(seen, ({ column }) => column);
    this.#center = Float64Array.from(seen, ({ center }) => center);
    this.#inverse = Float64Array.from(seen, ({ scale }) => 1 / scale);
    this.#width = features.length;
  }

  /** Distances of the first `rows` rows of a row-major matrix, in new memory. */
  of(matrix: Float32Array, rows: number): Float32Array {
    const columns = this.#columns;
    const center = this.#center;
    const inverse = this.#inverse;
    const width = this.#width;
    const count = columns.length;
    const distances = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const at = row * width;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const scaled = (matrix[at + columns[i]!]! - center[i]!) * inverse[i]!;
        const square = scaled * scaled;
        sum += square < CAP ? square : CAP;
      }
      distances[row] = sum / count;
    }
    return distances;
  }
}

/** The most that one feature adds, so that no single odd column decides. */
const CAP = 20;
