import type { Random } from "../base/random.ts";

/** True with probability `share`. */
export function chance(random: Random, share: number): boolean {
  return random.uniform() < share;
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** Uniform whole number in [low, high]. */
export function wholeBetween(random: Random, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}

/** Exponentially distributed with this mean: the gap between independent events. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.uniform());
}

/** Log-normal: half of the values below `median`, two thirds within a factor of e^spread of it. */
export function logNormal(random: Random, median: number, spread: number): number {
  return median * Math.exp(spread * random.normal());
}

/** Log-normal, rounded, never below `least` nor above `most`. */
export function size(random: Random, median: number, spread: number, least = 1, most = 4e9): number {
  return Math.min(most, Math.max(least, Math.round(logNormal(random, median, spread))));
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.integer(list.length)]!;
}

/** Index below `count`, small ones more often: popularity as in Zipf's law with exponent 1, approximately. */
export function popular(random: Random, count: number): number {
  return Math.min(count - 1, Math.floor(Math.exp(random.uniform() * Math.log(count + 1))) - 1);
}

/** Chooses among `choices` in proportion to their weights. */
export function weighted<T>(random: Random, choices: readonly (readonly [weight: number, value: T])[]): T {
  let total = 0;
  for (const [weight] of choices) total += weight;
  let left = random.uniform() * total;
  for (const [weight, value] of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  return choices.at(-1)![1];
}
