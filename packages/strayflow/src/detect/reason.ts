import type { FeatureColumn } from "../features/family.ts";

/** One feature that carries a connection's score. */
export interface Reason {
  /** Id of the feature. */
  readonly feature: string;
  /** Raw value, in the feature's unit. */
  readonly value: number;
  /** The value that the network expected here, given everything else about the connection. */
  readonly usual: number;
  /** Part of the score that this feature carries, 0 to 1. */
  readonly share: number;
  /** The same in plain units. */
  readonly text: string;
}

/** Features that carry less than this are not worth a reader's time. */
const leastShare = 0.05;

/**
 * The features that carry the score of one row, strongest first, at most `limit` and never none.
 *
 * @param row index into the three row-major matrices, `columns.length` wide: raw values, reconstruction in raw units,
 *   and contributions to the score (not negative)
 */
export function reasonsOf(
  row: number,
  matrices: { readonly values: Float32Array; readonly usual: Float32Array; readonly errors: Float32Array },
  columns: readonly FeatureColumn[],
  limit = 3,
): Reason[] {
  const width = columns.length;
  const at = row * width;
  let total = 0;
  for (let column = 0; column < width; column++) total += Math.max(0, matrices.errors[at + column]!);
  if (total <= 0) return [];
  return columns
    .map((column, index) => ({ column, index, share: Math.max(0, matrices.errors[at + index]!) / total }))
    .sort((a, b) => b.share - a.share || a.index - b.index)
    .filter(({ share }, rank) => rank === 0 || (rank < limit && share >= leastShare))
    .map(({ column, index, share }) => {
      const value = matrices.values[at + index]!;
      const usual = matrices.usual[at + index]!;
      return { feature: column.id, value, usual, share, text: column.explain(value, usual) };
    });
}
