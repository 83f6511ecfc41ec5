import { seededRandom } from "../../src/base/random.ts";

/** Rows that are mixtures of a few hidden sources, so that a narrow code can hold them; two columns bend the mixture. */
export function structuredRows(
  rows: number,
  width: number,
  seed: number | string,
  sources = 3,
): Float32Array {
  const mixing = seededRandom("mixing");
  const weights = Float64Array.from({ length: sources * width }, () => mixing.normal());
  const random = seededRandom(seed);
  const data = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const hidden = Array.from({ length: sources }, () => random.normal());
    for (let column = 0; column < width; column++) {
      let value = 0.05 * random.normal();
      for (let s = 0; s < sources; s++) value += hidden[s]! * weights[s * width + column]!;
      data[row * width + column] = column % 5 === 4 ? Math.abs(value) : value;
    }
  }
  return data;
}

export function normals(count: number, seed: number | string): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal());
}
