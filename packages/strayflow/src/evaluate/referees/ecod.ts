import { permutation } from "../../base/random.ts";
import type { Referee } from "./referee.ts";

export interface EcodOptions {
  /** Training rows that are kept at most, for bounded memory; all of them where there are fewer. */
  readonly rows?: number;
}

/**
 * ECOD (Li, Zhao, Hu, Botta, Ionescu and Chen 2022): the surprise of a value is -ln of its empirical tail probability, on
 * the side where that is smaller; a row scores the sum over the columns. As in the authors' own PyOD, the side is chosen
 * column by column; the paper sums whole sides first, and overlooks rows that are large here and small there.
 *
 * The distribution is that of the training rows, with the scored row as one more: what is scored never takes part in
 * what is normal (PyOD fits on all scored rows too).
 */
export function ecodReferee({ rows: limit = 32_768 }: EcodOptions = {}): Referee {
  return {
    id: "ecod",
    title: "ECOD",
    seeded: false,
    fit(train, width, random) {
      const total = train.length / width;
      const kept = total > limit ? permutation(total, random.fork("ecod")).subarray(0, limit) : undefined;
      const rows = kept?.length ?? total;
      const columns = Array.from({ length: width }, (_, column) => {
        const values = new Float64Array(rows);
        for (let i = 0; i < rows; i++) values[i] = train[(kept?.[i] ?? i) * width + column]!;
        return distributionOf(values.sort());
      });
      // surprise[k]: k training rows and the scored row itself are at or beyond the value.
      const surprise = Float64Array.from({ length: rows + 1 }, (_, k) => -Math.log((k + 1) / (rows + 1)));
      return {
        score(matrix, out) {
          for (let row = 0; row < out.length; row++) {
            let sum = 0;
            for (let column = 0; column < width; column++) {
              const { values, below } = columns[column]!;
              const value = matrix[row * width + column]!;
              const place = firstNotBelow(values, value);
              const upTo = values[place] === value ? below[place + 1]! : below[place]!;
              sum += surprise[Math.min(upTo, rows - below[place]!)]!;
            }
            out[row] = sum;
          }
        },
      };
    },
  };
}

/** The distinct values of a column, ascending, and how many rows are below each; the last entry is all rows. */
interface Distribution {
  readonly values: Float64Array;
  readonly below: Uint32Array;
}

function distributionOf(sorted: Float64Array): Distribution {
  const starts: number[] = [];
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) starts.push(i);
  return {
    values: Float64Array.from(starts, (start) => sorted[start]!),
    below: Uint32Array.from([...starts, sorted.length]),
  };
}

/** Index of the first of the ascending values that is not smaller. */
function firstNotBelow(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
