import { balance } from "../explain.ts";
import { DampedSums } from "./damped-sums.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay, steadySeconds } from "./half-life.ts";
import { slotDoubles } from "./slot-array.ts";
import { WindowSums } from "./window-sums.ts";
import { logBytes, logRatio } from "./wording.ts";

/** How much the originator has sent and received, and whether that is much for it: exfiltration, downloads. */
export const origVolume = {
  id: "orig_volume",
  side: "originator",
  reads: ["ts", "id.orig_h", "orig_bytes", "resp_bytes"],
  entities: ["originator"],
  columns: {
    orig_sent_5m: logBytes("Bytes that the originator sent in the last 5 minutes.", "sent", "in 5 min"),
    orig_received_5m: logBytes(
      "Bytes that the originator received in the last 5 minutes.",
      "received",
      "in 5 min",
    ),
    orig_sent_1h: logBytes("Bytes that the originator sent in the last hour.", "sent", "in 1 h"),
    orig_balance_1h: balance(
      "Balance of the bytes sent and received by the originator in the last hour: 1 when it only sent, -1 when it only received.",
      "bytes in 1 h",
    ),
    orig_sent_excess: logRatio(
      "Bytes sent in the last hour over the originator's own hourly mean of about a day.",
      "sent",
      "its usual amount in 1 h",
    ),
  },
  open(rows) {
    /** Bytes sent, bytes received. */
    const recent = new WindowSums(rows, "originator", ["5m", "1h"], 2);
    const daily = new DampedSums(rows, "originator", aDay, 1);
    const firstSeen = slotDoubles("originator", 1);
    const stores = [...recent.stores, ...daily.stores, firstSeen];
    return {
      stores,
      logs: [0, 1, 2, 4],
      fill(out, width, at) {
        const { originator } = rows.slots;
        const { time, sent, received } = rows;
        const sentOfDay = daily.sums.data;
        const first = firstSeen.data;
        for (let row = 0; row < rows.rows; row++) {
          let slot = originator[row]!;
          const now = time[row]!;
          if (slot < 0) {
            clearSlot(stores, (slot = ~slot));
            first[slot] = now;
          }
          const to = row * width + at;
          recent.roll(slot, row);
          daily.fade(slot, row);

          recent.put(out, to, slot, row, 0, 0);
          recent.put(out, to + 1, slot, row, 0, 1);
          recent.put(out, to + 2, slot, row, 1, 0);
          const sent1h = recent.value(slot, row, 1, 0);
          const received1h = recent.value(slot, row, 1, 1);
          const hourly = (sentOfDay[slot]! * 3600) / steadySeconds(aDay, now - first[slot]!, 3600);
          out[to + 3] = (sent1h - received1h) / (sent1h + received1h + SMALL_VOLUME);
          out[to + 4] = (sent1h + SMALL_VOLUME) / (hourly + SMALL_VOLUME);

          recent.add(slot, 0, sent, row);
          recent.add(slot, 1, received, row);
          if (sent[row]! > 0) sentOfDay[slot]! += sent[row]!;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Bytes an hour below which the balance and the ratio fade to 0: about ten small exchanges. */
const SMALL_VOLUME = 10_000;
