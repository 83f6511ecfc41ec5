/** Repeated measurements of one thing, summed up. */
export interface Samples {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** Median and spread; of an even number of values the median is the mean of the middle two. */
export function summarize(values: readonly number[]): Samples {
  if (values.length === 0 || values.some((value) => !Number.isFinite(value))) {
    throw new Error(`expected measurements, found [${values.join(", ")}]`);
  }
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)!, count: sorted.length };
}

/**
 * How many times as long each of `seconds` took as the measurement of `against` that was taken beside it: what the
 * machine was busy with at that moment falls out.
 */
export function ratios(seconds: readonly number[], against: readonly number[]): Samples {
  return summarize(seconds.map((value, i) => value / against[i]!));
}

/** Rows a second of each measurement. */
export function rates(rows: number, seconds: readonly number[]): Samples {
  return summarize(seconds.map((value) => rows / value));
}
