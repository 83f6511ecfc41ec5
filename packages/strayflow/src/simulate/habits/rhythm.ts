import type { Random } from "../../base/random.ts";
import { DAY, HOUR, type Micros } from "../connection.ts";
import { between, chance } from "../draw.ts";

/** How busy something is at a time, from 0 (not there) to 1 (as busy as it gets). */
export type Rhythm = (at: Micros) => number;

export const always: Rhythm = () => 1;

/** Hours since midnight (UTC). */
export function hourOfDay(at: Micros): number {
  return (at % DAY) / HOUR;
}

/** Saturday or Sunday. */
export function isWeekend(at: Micros): boolean {
  return (Math.floor(at / DAY) + 3) % 7 >= 5;
}

/** The public internet: never silent, busiest in the afternoon, calmer at weekends. */
export const publicHours: Rhythm = (at) => {
  const wave = 0.62 - 0.38 * Math.cos(((hourOfDay(at) - 3) / 24) * 2 * Math.PI);
  return isWeekend(at) ? wave * 0.7 : wave;
};

/** What makes one person's working days differ from another's. */
export interface WorkHabits {
  readonly comesAt?: number;
  readonly leavesAt?: number;
  /** Share of the weekend days spent at work. */
  readonly weekends?: number;
  /** Share of the working days spent elsewhere. */
  readonly away?: number;
}

/**
 * One person's days at the office: their own hours, a lunch break, other every day by some minutes, a day off now and
 * then.
 */
export function workdays(random: Random, habits: WorkHabits = {}): Rhythm {
  const comesAt = habits.comesAt ?? between(random, 7.4, 9.4);
  const leavesAt = habits.leavesAt ?? comesAt + between(random, 8, 9.6);
  const weekends = habits.weekends ?? (chance(random, 0.15) ? 0.25 : 0.02);
  const away = habits.away ?? 0.05;
  const lunchAt = between(random, 11.8, 12.8);
  const seed = random.integer(2 ** 31);
  let day = -1;
  let from = 0;
  let to = 0;
  return (at) => {
    const today = Math.floor(at / DAY);
    if (today !== day) {
      day = today;
      const there = isWeekend(at) ? daily(seed, today, 1) < weekends : daily(seed, today, 1) >= away;
      from = there ? comesAt + daily(seed, today, 2) - 0.5 : 25;
      to = leavesAt + 1.6 * (daily(seed, today, 3) - 0.4);
    }
    const hour = hourOfDay(at);
    if (hour < from || hour > to) return 0;
    if (hour > lunchAt && hour < lunchAt + 0.7) return 0.25;
    return Math.min(1, 0.4 + (hour - from) * 1.2, 0.3 + (to - hour) * 1.4);
  };
}

/** The same number from 0 to 1 for the same day, whoever asks and in whatever order. */
function daily(seed: number, day: number, purpose: number): number {
  let mix = Math.imul(seed ^ Math.imul(day, 0x9e3779b1) ^ Math.imul(purpose, 0x85ebca6b), 0x21f0aaad);
  mix = Math.imul(mix ^ (mix >>> 15), 0x735a2d97);
  return ((mix ^ (mix >>> 15)) >>> 0) / 4294967296;
}
