import { DampedMoments } from "./damped-moments.ts";
import { DampedSums } from "./damped-sums.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay } from "./half-life.ts";
import { ln } from "./logarithm.ts";
import { MOST_ROWS } from "./rows.ts";
import { slotDoubles } from "./slot-array.ts";
import { deviations, logCount, spread } from "./wording.ts";

/** What passes between these two hosts, and how regularly: the sign of beacons, and of a change in an old habit. */
export const pairUsual = {
  id: "pair_usual",
  side: "pair",
  reads: ["ts", "id.orig_h", "id.resp_h", "duration", "orig_bytes", "resp_bytes"],
  entities: ["pair"],
  columns: {
    pair_conns_1d: logCount(
      "Connections between these two hosts, half-life 1 day.",
      "opened",
      ["connection to this host", "connections to this host"],
      "in about a day and a half",
    ),
    pair_size_z: deviations(
      "Logarithm of the bytes both ways, against the pair's own mean of about a day.",
      "the bytes lie",
      "the mean between these two hosts",
    ),
    pair_duration_z: deviations(
      "Logarithm of the duration, against the pair's own mean of about a day.",
      "the duration lies",
      "the mean between these two hosts",
    ),
    pair_gap_z: deviations(
      "Logarithm of the time since the pair's last connection, against the pair's own mean of about a day.",
      "the time since their last connection lies",
      "the mean between these two hosts",
    ),
    pair_gap_spread: spread(
      "Standard deviation of the logarithm of the times between the pair's connections, half-life 1 day: small where they are regular.",
      "the times between their connections lie",
    ),
    pair_size_spread: spread(
      "Standard deviation of ln(1 + bytes both ways) between the pair, half-life 1 day: small where all are alike.",
      "the sizes of their connections lie",
    ),
  },
  open(rows) {
    /** ln(1 + milliseconds) since the pair's last connection; NaN at its first. */
    const logGap = new Float64Array(MOST_ROWS);
    const moments = new DampedMoments(rows, "pair", aDay, [rows.logSize, rows.logDuration, logGap]);
    const daily = new DampedSums(rows, "pair", aDay, 1);
    const lastSeen = slotDoubles("pair", 1);
    const stores = [...moments.stores, ...daily.stores, lastSeen];
    return {
      stores,
      logs: [0],
      fill(out, width, at) {
        const { pair } = rows.slots;
        const { time } = rows;
        const last = lastSeen.data;
        for (let row = 0; row < rows.rows; row++) {
          let slot = pair[row]!;
          if (slot < 0) {
            clearSlot(stores, (slot = ~slot));
            logGap[row] = NaN;
          } else {
            logGap[row] = ln(1 + (time[row]! - last[slot]!) * 1000);
          }
          const to = row * width + at;
          moments.fade(slot, row);
          daily.fade(slot, row);

          out[to] = 1 + daily.sums.data[slot]!;
          moments.putDeviations(out, to + 1, slot, row);
          moments.putSpread(out, to + 4, slot, 2);
          moments.putSpread(out, to + 5, slot, 0);

          moments.add(slot, row);
          daily.sums.data[slot]! += 1;
          last[slot] = time[row]!;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;
