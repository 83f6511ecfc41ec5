import { balance } from "../explain.ts";
import { FadingSum } from "./fading-sum.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay } from "./half-life.ts";
import { WindowSum } from "./window-sum.ts";
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
    const sent5m = new WindowSum(host, "5m", rows.sent);
    const received5m = new WindowSum(host, "5m", rows.received);
    const sent1h = new WindowSum(host, "1h", rows.sent);
    const received1h = new WindowSum(host, "1h", rows.received);
    const sentOfDay = new FadingSum(host, aDay, rows.sent);
    const updated = [sent5m, received5m, sent1h, received1h, sentOfDay];
    return {
      logs: [0, 1, 2, 4],
      fill(out, width, at) {
        for (const sum of updated) sum.update();

        const sentMinutes = sent5m.sums;
        const receivedMinutes = received5m.sums;
        const sentHour = sent1h.sums;
        const receivedHour = received1h.sums;
        const sentDay = sentOfDay.sums;
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          const sent = sentHour[row]!;
          const received = receivedHour[row]!;
          const hourly = (sentDay[row]! * 3600) / Math.max(3600, steady[row]!);
          out[to] = 1 + sentMinutes[row]!;
          out[to + 1] = 1 + receivedMinutes[row]!;
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
