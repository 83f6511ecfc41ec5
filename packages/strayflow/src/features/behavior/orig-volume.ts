import { balance } from "../explain.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay } from "./half-life.ts";
import { Sums } from "./sums.ts";
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
    const host = rows.visits("originator");
    const steady = host.steady(aDay);
    const sums = new Sums(host);
    const sent5m = sums.inWindow("5m", rows.amounts.sentKnown);
    const received5m = sums.inWindow("5m", rows.amounts.receivedKnown);
    const sent1h = sums.inWindow("1h", rows.amounts.sentKnown);
    const received1h = sums.inWindow("1h", rows.amounts.receivedKnown);
    const sentOfDay = sums.fading(aDay, rows.amounts.sentKnown);
    return {
      logs: [0, 1, 2, 4],
      fill(out, width, at) {
        sums.update();
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          const sent = sent1h[row]!;
          const received = received1h[row]!;
          const hourly = (sentOfDay[row]! * 3600) / Math.max(3600, steady[row]!);
          out[to] = 1 + sent5m[row]!;
          out[to + 1] = 1 + received5m[row]!;
          out[to + 2] = 1 + sent;
          out[to + 3] = (sent - received) / (sent + received + SMALL_VOLUME);
          out[to + 4] = (sent + SMALL_VOLUME) / (hourly + SMALL_VOLUME);
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Bytes an hour below which the balance and the ratio fade to 0: about ten small exchanges. */
const SMALL_VOLUME = 10_000;
