import { DampedMoments } from "./damped-moments.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay, tenMinutes } from "./half-life.ts";
import { deviations, logBytes, spread } from "./wording.ts";

/** What the originator's connections are like of late, and how this one compares with its day. */
export const origUsual = {
  id: "orig_usual",
  side: "originator",
  reads: ["ts", "id.orig_h", "duration", "orig_bytes", "resp_bytes"],
  entities: ["originator"],
  columns: {
    orig_size_mean_10m: logBytes(
      "Mean of ln(1 + bytes both ways) of the originator's connections, half-life 10 minutes.",
      "moved",
      "per connection of late",
    ),
    orig_size_spread_10m: spread(
      "Standard deviation of ln(1 + bytes both ways) of the originator's connections, half-life 10 minutes.",
      "its connections' sizes of late lie",
    ),
    orig_sent_z: deviations(
      "Logarithm of the bytes sent, against the originator's own mean of about a day.",
      "the bytes sent lie",
      "this host's mean",
    ),
    orig_received_z: deviations(
      "Logarithm of the bytes received, against the originator's own mean of about a day.",
      "the bytes received lie",
      "this host's mean",
    ),
    orig_duration_z: deviations(
      "Logarithm of the duration, against the originator's own mean of about a day.",
      "the duration lies",
      "this host's mean",
    ),
  },
  open(rows) {
    const recent = new DampedMoments(rows, "originator", tenMinutes, [rows.logSize]);
    const daily = new DampedMoments(rows, "originator", aDay, [
      rows.logSent,
      rows.logReceived,
      rows.logDuration,
    ]);
    const stores = [...recent.stores, ...daily.stores];
    return {
      stores,
      logs: [],
      fill(out, width, at) {
        const { originator } = rows.slots;
        for (let row = 0; row < rows.rows; row++) {
          let slot = originator[row]!;
          if (slot < 0) clearSlot(stores, (slot = ~slot));
          const to = row * width + at;
          recent.fade(slot, row);
          daily.fade(slot, row);

          recent.putMean(out, to, slot, 0);
          recent.putSpread(out, to + 1, slot, 0);
          daily.putDeviations(out, to + 2, slot, row);

          recent.add(slot, row);
          daily.add(slot, row);
        }
      },
    };
  },
} as const satisfies BehaviorFamily;
