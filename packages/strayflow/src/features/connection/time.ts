import type { BaselinePart, FeatureFamily } from "../block.ts";
import { isCount } from "../counts.ts";
import { columnsOf } from "../define.ts";
import { CountTable } from "../count-table.ts";

const SECONDS_PER_DAY = 86_400;
const MINUTES_PER_DAY = 1440;

/** UTC days that training must have seen before a daily, or a weekly, rhythm can be told from chance. */
const DAYS_FOR_HOURS = 3;
const DAYS_FOR_WEEKDAYS = 14;
/** A day with fewer of all rows than this is a stray timestamp. */
const LEAST_SHARE_OF_DAY = 1 / 1000;
const MOST_DAYS = 4096;

/** Number of UTC days on which the training rows started. */
const trainingDays: BaselinePart<number> = {
  id: "time",
  learner() {
    const days = new CountTable(MOST_DAYS);
    let rows = 0;
    return {
      learn(batch, include) {
        for (let row = 0; row < batch.rows; row++) {
          if (include !== undefined && include[row] === 0) continue;
          rows++;
          // Far-away times end up on day 0: one stray day, which the least share then drops.
          const day = Math.floor(batch.ts[row]! / SECONDS_PER_DAY);
          days.add(day > 0 && day < 0x7fffffff ? day : 0, 1);
        }
      },
      finish: () => days.entries().counts.filter((count) => count >= rows * LEAST_SHARE_OF_DAY).length,
    };
  },
  encode: (days, out) => out.uint32(days),
  decode(input) {
    const days = input.uint32();
    input.expect(isCount(days) && days <= MOST_DAYS, `it has ${days} days`);
    return days;
  },
};

const columns = columnsOf({
  hour_sin: {
    topic: "hour",
    unit: "sine",
    summary: "Sine of the time of day (UTC): 1 at 06:00, -1 at 18:00. 0 unless training saw 3 days.",
    explain: (value, usual) => `started ${halfOfDay(value)} (UTC); usually ${halfOfDay(usual)}`,
  },
  hour_cos: {
    topic: "hour",
    unit: "cosine",
    summary: "Cosine of the time of day (UTC): 1 at midnight, -1 at noon. 0 unless training saw 3 days.",
    explain: (value, usual) => `started ${distanceFromNoon(value)} (UTC); usually ${distanceFromNoon(usual)}`,
  },
  weekday_sin: {
    topic: "weekday",
    unit: "sine",
    summary: "Sine of the weekday (UTC), Monday being 0. 0 unless training saw 14 days.",
    explain: (value, usual) => `started ${halfOfWeek(value)} (UTC); usually ${halfOfWeek(usual)}`,
  },
  weekday_cos: {
    topic: "weekday",
    unit: "cosine",
    summary: "Cosine of the weekday (UTC), Monday being 1. 0 unless training saw 14 days.",
    explain: (value, usual) =>
      `started ${distanceFromMonday(value)} (UTC); usually ${distanceFromMonday(usual)}`,
  },
});

/**
 * When the connection started. The columns stay 0 where training was too short to know the rhythm: a model that saw one
 * day would otherwise find every hour of the next weekday strange.
 */
export const time: FeatureFamily = {
  id: "time",
  side: "connection",
  reads: ["ts"],
  parts: [trainingDays],
  open(baseline) {
    const days = baseline.get(trainingDays);
    const byMinute = circle(MINUTES_PER_DAY, days >= DAYS_FOR_HOURS);
    const byWeekday = circle(7, days >= DAYS_FOR_WEEKDAYS);
    return {
      columns,
      fill(out, width, at, batch) {
        const ts = batch.ts;
        for (let row = 0, to = at; row < batch.rows; row++, to += width) {
          const start = ts[row]!;
          const day = Math.floor(start / SECONDS_PER_DAY);
          const minute = ((start - day * SECONDS_PER_DAY) / 60) | 0;
          // 1970-01-01 was a Thursday: day 0 is weekday 3.
          const weekday = ((((day + 3) % 7) + 7) % 7) | 0;
          const ofDay = minute >= 0 && minute < MINUTES_PER_DAY ? minute * 2 : 0;
          out[to] = byMinute[ofDay]!;
          out[to + 1] = byMinute[ofDay + 1]!;
          out[to + 2] = byWeekday[weekday * 2]!;
          out[to + 3] = byWeekday[weekday * 2 + 1]!;
        }
      },
    };
  },
};

/** Sine and cosine, by turns, of `steps` even steps around the circle; all 0 unless `known`. */
function circle(steps: number, known: boolean): Float64Array {
  const table = new Float64Array(steps * 2);
  if (!known) return table;
  for (let step = 0; step < steps; step++) {
    table[step * 2] = Math.sin((2 * Math.PI * step) / steps);
    table[step * 2 + 1] = Math.cos((2 * Math.PI * step) / steps);
  }
  return table;
}

function halfOfDay(sine: number): string {
  if (Math.abs(sine) < 0.3) return "near midnight or noon";
  return sine > 0 ? "in the first half of the day" : "in the second half of the day";
}

function distanceFromNoon(cosine: number): string {
  if (Math.abs(cosine) < 0.3) return "in the early morning or evening";
  return cosine > 0 ? "in the night hours" : "in the middle of the day";
}

function halfOfWeek(sine: number): string {
  if (Math.abs(sine) < 0.3) return "on a Monday";
  return sine > 0 ? "from Tuesday to Thursday" : "from Friday to Sunday";
}

function distanceFromMonday(cosine: number): string {
  if (cosine > 0) return "on a Sunday, Monday or Tuesday";
  return "from Wednesday to Saturday";
}
