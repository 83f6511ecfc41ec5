/** How long a sink that fails is left alone. */
export interface Backoff {
  readonly firstMillis: number;
  readonly mostMillis: number;
}

/**
 * Twice as long after each failure up to the cap, and of that a random part between a half and the whole, so that many
 * senders that failed together do not come back together.
 *
 * @param failures in a row, 1 or more
 * @param random uniform in [0, 1)
 */
export function backoffMillis(
  failures: number,
  { firstMillis, mostMillis }: Backoff,
  random: number,
): number {
  const doubled = firstMillis * 2 ** Math.min(failures - 1, 52);
  return Math.min(doubled, mostMillis) * (0.5 + random / 2);
}
