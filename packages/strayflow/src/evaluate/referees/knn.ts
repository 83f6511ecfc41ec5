import { permutation } from "../../base/random.ts";
import type { Referee } from "./referee.ts";
import { fitRobustScaler } from "./robust-scaler.ts";

export interface KnnOptions {
  readonly neighbours?: number;
  /** Training rows that are kept, drawn at random. Few of them means few poisoned ones, and a bounded cost. */
  readonly sample?: number;
}

/**
 * Euclidean distance to the k-th nearest of a random sample of training rows (Ramaswamy, Rastogi and Shim 2000; on why a
 * small sample is enough: Sugiyama and Borgwardt 2013). Columns are scaled robustly first.
 */
export function knnReferee({ neighbours = 5, sample = 256 }: KnnOptions = {}): Referee {
  return {
    id: `knn${neighbours}`,
    title: `${neighbours} neighbours`,
    seeded: true,
    fit(train, width, random) {
      const scaler = fitRobustScaler(train, width);
      const rows = train.length / width;
      const kept = permutation(rows, random.fork("knn")).subarray(0, sample);
      const points = new Float64Array(kept.length * width);
      const scaled = new Float64Array(width);
      for (let i = 0; i < kept.length; i++) {
        scaler.apply(train, kept[i]!, 1, scaled);
        points.set(scaled, i * width);
      }
      const nearest = new Float64Array(Math.min(neighbours, kept.length));
      return {
        score(matrix, out) {
          for (let row = 0; row < out.length; row++) {
            scaler.apply(matrix, row, 1, scaled);
            out[row] = distanceToLast(points, width, scaled, nearest);
          }
        },
      };
    },
  };
}

/** Distance to the `nearest.length`-th nearest point; `nearest` is scratch for the squared distances, ascending. */
function distanceToLast(
  points: Float64Array,
  width: number,
  row: Float64Array,
  nearest: Float64Array,
): number {
  nearest.fill(Infinity);
  const last = nearest.length - 1;
  for (let at = 0; at < points.length; at += width) {
    const limit = nearest[last]!;
    let squares = 0;
    let column = 0;
    // Most points are far away in a few columns already; looking after each of them would cost more than it saves.
    for (let pause = 16; pause <= width && squares < limit; pause += 16) {
      for (; column < pause; column++) {
        const difference = points[at + column]! - row[column]!;
        squares += difference * difference;
      }
    }
    if (squares >= limit) continue;
    for (; column < width; column++) {
      const difference = points[at + column]! - row[column]!;
      squares += difference * difference;
    }
    if (squares >= limit) continue;
    let place = last;
    while (place > 0 && nearest[place - 1]! > squares) {
      nearest[place] = nearest[place - 1]!;
      place--;
    }
    nearest[place] = squares;
  }
  return Math.sqrt(nearest[last]!);
}
