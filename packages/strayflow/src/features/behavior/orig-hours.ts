import { rarity } from "../explain.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { ln } from "./logarithm.ts";
import { slotFloats, slotIntegers } from "./slot-array.ts";
import { WindowSums } from "./window-sums.ts";
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
    const recent = new WindowSums(rows, "originator", ["1h"], 1);
    /** By hour of the day: days on which it was active, and the sum of ln(1 + connections) over them, both faded. */
    const profile = slotFloats("originator", 2 * HOURS);
    /** Days that have passed, faded; connections in the current hour. */
    const progress = slotFloats("originator", 2);
    const currentHour = slotIntegers("originator", 1);
    const stores = [...recent.stores, profile, progress, currentHour];
    return {
      stores,
      logs: [0],
      fill(out, width, at) {
        const { originator } = rows.slots;
        const { hour } = rows;
        const current = currentHour.data;
        for (let row = 0; row < rows.rows; row++) {
          let slot = originator[row]!;
          const now = hour[row]!;
          if (slot < 0) {
            clearSlot(stores, (slot = ~slot));
            current[slot] = now;
          }
          if (now !== current[slot]) {
            closeHour(profile.data, progress.data, slot, current[slot]!, now);
            current[slot] = now;
          }
          const to = row * width + at;
          recent.roll(slot, row);

          const days = progress.data[2 * slot]!;
          out[to] = 1;
          out[to + 1] = 0;
          if (days > 0) {
            const active = usualAt(profile.data, 2 * HOURS * slot, now, days);
            const usual = usualAt(profile.data, 2 * HOURS * slot + HOURS, now, days);
            const count = ln(1 + recent.value(slot, row, 0, 0));
            out[to] = Math.max(1, (days + 1) / (days * active + 1));
            out[to + 1] = (count - usual) * (days / (days + PRIOR_DAYS));
          }

          recent.count(slot, 0);
          progress.data[2 * slot + 1]! += 1;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Writes the hour that is over into the profile, and lets the profile fade by the days that have passed since. */
function closeHour(
  profile: Float32Array,
  progress: Float32Array,
  slot: number,
  then: number,
  now: number,
): void {
  const at = 2 * HOURS * slot;
  const hour = then % HOURS;
  profile[at + hour]! += 1;
  profile[at + HOURS + hour]! += ln(1 + progress[2 * slot + 1]!);
  progress[2 * slot + 1] = 0;
  const days = Math.floor(now / HOURS) - Math.floor(then / HOURS);
  if (days <= 0) return;
  const left = days < MOST_DAYS ? DAY_LEFT ** days : 0;
  for (let i = at; i < at + 2 * HOURS; i++) profile[i]! *= left;
  // Every day that passed counts 1 when it ends: days' = days * left + left + ... + DAY_LEFT.
  progress[2 * slot] = progress[2 * slot]! * left + (DAY_LEFT * (1 - left)) / (1 - DAY_LEFT);
}

/** Mean over the days of the hour's own value or of one beside it, whichever is largest. */
function usualAt(profile: Float32Array, at: number, hour: number, days: number): number {
  const own = profile[at + (hour % HOURS)]!;
  const after = profile[at + ((hour + 1) % HOURS)]!;
  // Today's hour before this one is in the profile already, though today is not among the days.
  const before = profile[at + ((hour + HOURS - 1) % HOURS)]!;
  return Math.max(own / days, after / days, before / (days + 1));
}

const HOURS = 24;
const MOST_DAYS = 200;
const DAY_LEFT = 2 ** (-1 / 7);
const PRIOR_DAYS = 2;
