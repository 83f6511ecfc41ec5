/** Ticks in a half-life: time is counted in whole ticks, so a faded value is off by at most 0.3 %. */
const TICKS = 256;

/** A memory that halves every so many seconds. */
export interface HalfLife {
  readonly seconds: number;
  readonly ticksPerSecond: number;
}

export const tenSeconds = halfLife(10);
export const tenMinutes = halfLife(600);
export const anHour = halfLife(3600);
export const aDay = halfLife(86_400);
export const aWeek = halfLife(7 * 86_400);

/**
 * What is left of a memory after so many ticks, 0 after 40 half-lives. Ticks may come from a subtraction that has
 * wrapped around; such a memory is years old. One table instead of an exponential for every counter; and because
 * nothing fades within a tick, thousands of connections a second cannot round the fading away.
 */
export function left(ticks: number): number {
  return ticks >>> 0 < powers.length ? powers[ticks]! : 0;
}

/**
 * For how many seconds a faded sum of something steady would have to run to be as large unfaded: the age of the memory
 * when it is young, 1.44 half-lives in the end; at least `least`.
 */
export function steadySeconds(memory: HalfLife, age: number, least: number): number {
  const ticks = age * memory.ticksPerSecond;
  if (ticks >= powers.length - 1) return memory.seconds / Math.LN2;
  const whole = Math.floor(ticks);
  const remains = powers[whole]! + (ticks - whole) * (powers[whole + 1]! - powers[whole]!);
  const seconds = (memory.seconds / Math.LN2) * (1 - remains);
  return seconds > least ? seconds : least;
}

function halfLife(seconds: number): HalfLife {
  return { seconds, ticksPerSecond: TICKS / seconds };
}

const powers: Readonly<Float64Array> = Float64Array.from({ length: 40 * TICKS }, (_, n) => 2 ** (-n / TICKS));
