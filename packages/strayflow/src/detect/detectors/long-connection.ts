import { DampedSums } from "../../features/behavior/damped-sums.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { aWeek } from "../../features/behavior/half-life.ts";
import { ln } from "../../features/behavior/logarithm.ts";
import { slotDoubles } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";

export const longConnection: Detector = {
  id: "long-connection",
  summary: "A connection lasts far longer than those of its originator and those of its service do.",
  unit: "nats",
  reads: ["duration", "id.orig_h", "id.resp_h", "id.resp_p"],
  entities: ["originator", "responderService"],
  open(rows) {
    const { behavior } = rows;
    /** Connections and their seconds. */
    const own = new DampedSums(behavior, "originator", aWeek, 2);
    const served = new DampedSums(behavior, "responderService", aWeek, 2);
    /** Connections (up to `MOST`) and the mean of their seconds. */
    const network = slotDoubles("network", 2);
    return {
      stores: [...own.stores, ...served.stores, network],
      fill(out, width, at, notes) {
        const { originator, responderService } = behavior.slots;
        const { duration } = rows;
        const { received } = behavior;
        const mean = network.data;
        const mine = own.sums.data;
        const theirs = served.sums.data;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          let host = originator[row]!;
          if (host < 0) clearSlot(own.stores, (host = ~host));
          let service = responderService[row]!;
          if (service < 0) clearSlot(served.stores, (service = ~service));
          own.fade(host, row);
          served.fade(service, row);
          const seconds = duration[row]!;
          let statistic = 0;
          if (seconds > 0 && received[row]! > 0) {
            const prior = PRIOR * (1 + mean[1]!);
            const usualOfHost = (mine[2 * host + 1]! + prior) / (mine[2 * host]! + PRIOR);
            const usualOfService = (theirs[2 * service + 1]! + prior) / (theirs[2 * service]! + PRIOR);
            const usual = Math.max(usualOfHost, usualOfService);
            const above = seconds / usual - 1;
            statistic = above > 0 ? ln(1 + above * above) : 0;
            if (statistic >= least) notes.add(row, statistic, { seconds, usualOfHost, usualOfService });
            if (mean[0]! < MOST) mean[0]! += 1;
            mean[1]! += (seconds - mean[1]!) / mean[0]!;
            mine[2 * host]! += 1;
            mine[2 * host + 1]! += seconds;
            theirs[2 * service]! += 1;
            theirs[2 * service + 1]! += seconds;
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder, port }, { seconds = 0 }) =>
    `${originator} held a connection to port ${port} of ${responder} for ${seconds}`,
};

const PRIOR = 4;
const MOST = 10_000;
