/** Median of values, which are not changed; 0 of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * How many robust standard deviations each value is above the median of all: the median absolute deviation times 1.4826,
 * which is the standard deviation of a normal distribution (Hampel 1974), but at least `least`, because where half of the
 * values are equal any other would be infinitely far out.
 */
export function robustDeviations(values: readonly number[], least: number): number[] {
  const middle = median(values);
  const spread = 1.4826 * median(values.map((value) => Math.abs(value - middle)));
  return values.map((value) => (value - middle) / Math.max(spread, least));
}
