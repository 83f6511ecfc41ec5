/** Least and greatest of the values that are there; 0 and 0 where none is. */
export function extentOf(lists: readonly (readonly (number | null)[])[]): {
  readonly min: number;
  readonly max: number;
} {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const list of lists) {
    for (const value of list) {
      if (value === null || !Number.isFinite(value)) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min <= max ? { min, max } : { min: 0, max: 0 };
}

/** Least value above 0; 1 where there is none. */
export function leastPositive(lists: readonly (readonly (number | null)[])[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const list of lists)
    for (const value of list) if (value !== null && value > 0 && value < least) least = value;
  return Number.isFinite(least) ? least : 1;
}
