import { DampedMoments } from "./damped-moments.ts";
import { DampedSums } from "./damped-sums.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay, steadySeconds, tenSeconds } from "./half-life.ts";
import { ln } from "./logarithm.ts";
import { MOST_ROWS } from "./rows.ts";
import { slotDoubles } from "./slot-array.ts";
import { WindowSums } from "./window-sums.ts";
import { deviations, logCount, logRatio, logSeconds } from "./wording.ts";

/** Bursts and silences of the originator, against its own day. */
export const origRhythm = {
  id: "orig_rhythm",
  side: "originator",
  reads: ["ts", "id.orig_h"],
  entities: ["originator"],
  columns: {
    orig_conns_10s: logCount(
      "Connections by the originator, half-life 10 seconds.",
      "opened",
      ["connection", "connections"],
      "in about 15 s",
    ),
    orig_burst: logRatio(
      "Connections in the last minute over the originator's own mean of about a day.",
      "opened",
      "as many connections in 1 min as on its average day",
    ),
    orig_silence: logSeconds(
      "Time since the originator's last connection; 0 at its first.",
      "was silent for",
      "before this",
    ),
    orig_silence_z: deviations(
      "Logarithm of the time since the originator's last connection, against its own mean of about a day.",
      "the silence before this lies",
      "its mean",
    ),
  },
  open(rows) {
    /** ln(1 + milliseconds) since the originator's last connection; NaN at its first. */
    const logGap = new Float64Array(MOST_ROWS);
    const recent = new WindowSums(rows, "originator", ["1m"], 1);
    const burst = new DampedSums(rows, "originator", tenSeconds, 1);
    const daily = new DampedSums(rows, "originator", aDay, 1);
    const gaps = new DampedMoments(rows, "originator", aDay, [logGap]);
    /** When the originator was first and last seen. */
    const seen = slotDoubles("originator", 2);
    const stores = [...[recent, burst, daily, gaps].flatMap((part) => part.stores), seen];
    return {
      stores,
      logs: [0, 1, 2],
      fill(out, width, at) {
        const { originator } = rows.slots;
        const { time } = rows;
        const times = seen.data;
        for (let row = 0; row < rows.rows; row++) {
          let slot = originator[row]!;
          const now = time[row]!;
          let gap = 0;
          if (slot < 0) {
            clearSlot(stores, (slot = ~slot));
            times[2 * slot] = now;
            logGap[row] = NaN;
          } else {
            gap = now - times[2 * slot + 1]!;
            logGap[row] = ln(1 + gap * 1000);
          }
          const to = row * width + at;
          recent.roll(slot, row);
          burst.fade(slot, row);
          daily.fade(slot, row);
          gaps.fade(slot, row);

          const perMinute = (daily.sums.data[slot]! * 60) / steadySeconds(aDay, now - times[2 * slot]!, 60);
          out[to] = 1 + burst.sums.data[slot]!;
          out[to + 1] = (1 + recent.value(slot, row, 0, 0)) / (1 + perMinute);
          out[to + 2] = 1 + gap;
          gaps.putDeviations(out, to + 3, slot, row);

          recent.count(slot, 0);
          burst.sums.data[slot]! += 1;
          daily.sums.data[slot]! += 1;
          gaps.add(slot, row);
          times[2 * slot + 1] = now;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;
