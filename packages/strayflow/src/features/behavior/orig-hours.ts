import { rarity } from "../explain.ts";
import type { BehaviorFamily } from "./family.ts";
import { ln } from "./logarithm.ts";
import { logRatio } from "./wording.ts";

/**
 * The originator against its own day: at which hours it is active, and how much. Every day that has passed counts, the
 * last most (half-life 7 days), and the hours beside the present one count as well. Neutral until days have passed.
 */
export const origHours = {
  id: "orig_hours",
  side: "originator",
  reads: ["ts", "id.orig_h"],
  entities: ["originator"],
  columns: {
    orig_hour_surprise: rarity(
      "-ln of the share of days on which the originator was active at this hour or the one before or after; 0 before its second day.",
      "activity of this host at this hour of the day",
    ),
    orig_hour_excess: logRatio(
      "Connections in the last hour over what the originator usually opens at this hour; drawn towards 1 in its first days.",
      "opened",
      "as many connections in 1 h as at this hour on other days",
    ),
  },
  open(rows) {
    const host = rows.visits("originator");
    const { records } = host;
    const conns1h = host.inWindow("1h");
    /** By hour of the day: days on which it was active, and the sum of ln(1 + connections) over them, both faded. */
    const profile = records.reserve(2 * HOURS);
    /** Days that have passed, faded; connections in the current hour. */
    const progress = records.reserve(2);
    const currentHour = records.reserve(1);
    return {
      logs: [0],
      fill(out, width, at) {
        const { record, isFirst } = host;
        const { hour } = rows;
        const { floats, words } = records;
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          const from = record[row]!;
          const now = hour[row]!;
          if (isFirst[row] === 1) {
            floats.fill(0, from + profile, from + profile + 2 * HOURS);
            floats.fill(0, from + progress, from + progress + 2);
            words[from + currentHour] = now;
          }
          const then = words[from + currentHour]!;
          if (now !== then) {
            closeHour(floats, from + profile, from + progress, then, now);
            words[from + currentHour] = now;
          }
          const days = floats[from + progress]!;
          out[to] = 1;
          out[to + 1] = 0;
          if (days > 0) {
            const hourOfDay = now % HOURS;
            const active = usualAt(floats, from + profile, hourOfDay, days);
            const usual = usualAt(floats, from + profile + HOURS, hourOfDay, days);
            const count = ln(1 + conns1h[row]!);
            out[to] = Math.max(1, (days + 1) / (days * active + 1));
            out[to + 1] = (count - usual) * (days / (days + PRIOR_DAYS));
          }
          floats[from + progress + 1]! += 1;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Writes the hour that is over into the profile, and lets the profile fade by the days that have passed since. */
function closeHour(floats: Float32Array, profile: number, progress: number, then: number, now: number): void {
  const hour = then % HOURS;
  floats[profile + hour]! += 1;
  floats[profile + HOURS + hour]! += ln(1 + floats[progress + 1]!);
  floats[progress + 1] = 0;
  const days = Math.floor(now / HOURS) - Math.floor(then / HOURS);
  if (days <= 0) return;
  const left = days < MOST_DAYS ? DAY_LEFT ** days : 0;
  for (let i = profile; i < profile + 2 * HOURS; i++) floats[i]! *= left;
  // Every day that passed counts 1 when it ends: days' = days * left + left + ... + DAY_LEFT.
  floats[progress] = floats[progress]! * left + (DAY_LEFT * (1 - left)) / (1 - DAY_LEFT);
}

/** Mean over the days of the hour's own value or of one beside it, whichever is largest. */
function usualAt(profile: Float32Array, at: number, hour: number, days: number): number {
  const own = profile[at + hour]!;
  const after = profile[at + (hour === HOURS - 1 ? 0 : hour + 1)]!;
  // Today's hour before this one is in the profile already, though today is not among the days.
  const before = profile[at + (hour === 0 ? HOURS - 1 : hour - 1)]!;
  return Math.max(own > after ? own / days : after / days, before / (days + 1));
}

const HOURS = 24;
const MOST_DAYS = 200;
const DAY_LEFT = 2 ** (-1 / 7);
const PRIOR_DAYS = 2;
