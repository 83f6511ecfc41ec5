import { rarity } from "../explain.ts";
import { DampedSums } from "./damped-sums.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { aWeek } from "./half-life.ts";
import { timesLonger } from "./known-for.ts";
import { ln } from "./logarithm.ts";
import { slotDoubles } from "./slot-array.ts";
import { logRatio, novelty } from "./wording.ts";

/** How new and how rare the port is to the originator, measured against what is known of the originator. */
export const origPorts = {
  id: "orig_ports",
  side: "originator",
  reads: ["ts", "id.orig_h", "id.resp_p"],
  entities: ["originator", "originatorService"],
  columns: {
    port_novelty: novelty(
      "ln of the time for which the originator is known over the time for which it has used this port (an hour added to both, at most a week).",
      "has used this port",
    ),
    port_surprise: rarity(
      "-ln of the share of the originator's connections that went to this port, half-life 1 week, smoothed by one connection.",
      "this port among those that it uses",
    ),
    port_surprise_excess: logRatio(
      "-ln of that share, less the originator's own mean of it: how much rarer than its usual choice. Drawn towards 0 while its history is short.",
      "this port is rarer by",
      "than those that it usually uses",
    ),
  },
  open(rows) {
    /** Connections, and the sum of their surprise. */
    const own = new DampedSums(rows, "originator", aWeek, 2);
    const ownFirst = slotDoubles("originator", 1);
    const onPort = new DampedSums(rows, "originatorService", aWeek, 1);
    const portFirst = slotDoubles("originatorService", 1);
    const ownStores = [...own.stores, ownFirst];
    const portStores = [...onPort.stores, portFirst];
    return {
      stores: [...ownStores, ...portStores],
      logs: [0, 1],
      fill(out, width, at) {
        const { originator, originatorService } = rows.slots;
        const { time } = rows;
        const sums = own.sums.data;
        const portSums = onPort.sums.data;
        for (let row = 0; row < rows.rows; row++) {
          const now = time[row]!;
          let slot = originator[row]!;
          if (slot < 0) {
            clearSlot(ownStores, (slot = ~slot));
            ownFirst.data[slot] = now;
          }
          let port = originatorService[row]!;
          if (port < 0) {
            clearSlot(portStores, (port = ~port));
            portFirst.data[port] = now;
          }
          const to = row * width + at;
          own.fade(slot, row);
          onPort.fade(port, row);

          const all = sums[2 * slot]!;
          const rarer = Math.max(1, (all + 1) / (portSums[port]! + 1));
          const surprise = ln(rarer);
          out[to] = timesLonger(now - ownFirst.data[slot]!, now - portFirst.data[port]!);
          out[to + 1] = rarer;
          out[to + 2] = (surprise * all - sums[2 * slot + 1]!) / (all + PRIOR);

          sums[2 * slot] = all + 1;
          sums[2 * slot + 1]! += surprise;
          portSums[port]! += 1;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Connections of usual surprise that are taken to have been seen. */
const PRIOR = 10;
