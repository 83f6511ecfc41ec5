import type { Random } from "../../base/random.ts";
import { DAY, HOUR, MINUTE, SECOND, type Micros } from "../connection.ts";
import { exponential } from "../draw.ts";
import { always, isWeekend, type Rhythm } from "./rhythm.ts";

/** Something a host does again and again. */
export interface Habit {
  /** When it happens next; the simulation sets it to the value that `happen` gives back. */
  next: Micros;
  /** Does it, and says when it happens again. */
  readonly happen: (at: Micros) => Micros;
}

/** When habits begin, and how many times as often as usual everything happens. */
export interface Pace {
  readonly start: Micros;
  readonly factor: number;
}

/** Independent events, `perHour` of them where the rhythm is 1 (a Poisson process, thinned by the rhythm). */
export function arrivals(
  random: Random,
  pace: Pace,
  perHour: number,
  rhythm: Rhythm,
  act: (at: Micros) => void,
): Habit {
  const meanGap = HOUR / (perHour * pace.factor);
  return {
    next: pace.start + Math.round(exponential(random, meanGap)),
    happen(at) {
      if (random.uniform() < rhythm(at)) act(at);
      return at + 1 + Math.round(exponential(random, meanGap));
    },
  };
}

/** Every `periodSeconds`, give or take a share of `jitter`, while the rhythm is above 0. */
export function steady(
  random: Random,
  pace: Pace,
  periodSeconds: number,
  jitter: number,
  act: (at: Micros) => void,
  rhythm: Rhythm = always,
): Habit {
  const period = (periodSeconds * SECOND) / pace.factor;
  return {
    next: pace.start + Math.round(period * random.uniform()),
    happen(at) {
      if (rhythm(at) > 0) act(at);
      const stretch = Math.min(3, Math.max(-3, random.normal()));
      return at + Math.max(1, Math.round(period * (1 + (jitter * stretch) / 3)));
    },
  };
}

/** Once a day about `hour` (UTC), on working days only if asked. */
export function daily(
  random: Random,
  pace: Pace,
  hour: number,
  spreadMinutes: number,
  act: (at: Micros) => void,
  days: "every-day" | "workdays" = "every-day",
): Habit {
  const on = (day: Micros) => day + Math.round(hour * HOUR + spreadMinutes * MINUTE * random.uniform());
  const today = Math.floor(pace.start / DAY) * DAY;
  const first = on(today);
  return {
    next: first >= pace.start ? first : on(today + DAY),
    happen(at) {
      if (days === "every-day" || !isWeekend(at)) act(at);
      return on(Math.floor(at / DAY) * DAY + DAY);
    },
  };
}
