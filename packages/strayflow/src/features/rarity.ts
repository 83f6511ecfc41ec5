/**
 * Rarest that any value can be: 1 in 100,000. Without it, the value of one unseen text would grow with the size of the
 * training data and drown the rest.
 */
export const HIGHEST_RARITY = Math.log(100_000);

/**
 * -ln of the smoothed probability of a value that was seen `count` times in `total`, where `distinct` values were seen
 * (Laplace's rule of succession, with one class for all that is unseen). An unseen value counts as if it had been seen
 * once, so small training data gives it a moderate rarity: ln 1001 after 1,000 equal rows. Never below 0.
 */
export function rarityOf(count: number, total: number, distinct: number): number {
  return Math.min(HIGHEST_RARITY, Math.log((total + distinct + 1) / (count + 1)));
}
