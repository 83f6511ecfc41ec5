import type { Random } from "../../base/random.ts";
import type { MatrixData } from "../../features/family.ts";

/**
 * A plain, well-known detector that the product has to beat. It sees the same matrix: flat, row-major, `width` wide,
 * finite.
 */
export interface Referee {
  /** As in the figures: `knn5`. */
  readonly id: string;
  readonly title: string;
  /** Whether `random` changes anything, so that it has to be run for every seed. */
  readonly seeded: boolean;
  /** Learns from `train.length / width` rows and keeps nothing of `train` itself. The same `random` gives the same result. */
  fit(train: MatrixData, width: number, random: Random): FittedReferee;
}

export interface FittedReferee {
  /** Writes a score for each of `out.length` rows: finite, larger meaning stranger, each row on its own. */
  score(matrix: MatrixData, out: Float64Array): void;
}
