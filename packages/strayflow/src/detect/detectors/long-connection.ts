import { formatDuration } from "../../base/units.ts";
import { DampedSums } from "../../features/behavior/damped-sums.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { aWeek } from "../../features/behavior/half-life.ts";
import { slotDoubles } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { experience, surprise } from "./surprise.ts";

/**
 * The statistic is how surprising the duration is against the longest of three means: of the originator's connections, of
 * those to the same service of the responder, and of the network. Durations are taken to spread about their mean as those of
 * the network do about theirs, and at least as widely as their mean. While few connections were seen, or for a short time, it
 * counts in part. One-sided connections do not count: what Zeek takes for a long one may be many short ones, or a broadcast.
 */
export const longConnection: Detector = {
  id: "long-connection",
  summary: "A connection lasts far longer than those of its originator, its service and the network do.",
  unit: "nats",
  reads: ["duration", "id.orig_h", "id.resp_h", "id.resp_p", "resp_bytes"],
  subject: "target",
  entities: ["originator", "responderService", "target"],
  open(rows) {
    const { behavior } = rows;
    /** Connections and their seconds. */
    const own = new DampedSums(behavior, "originator", aWeek, 2);
    const served = new DampedSums(behavior, "responderService", aWeek, 2);
    /** Connections, up to `MEMORY`; mean and variance of their seconds. */
    const all = slotDoubles("network", 3);
    return {
      stores: [...own.stores, ...served.stores, all],
      fill(out, width, at, notes) {
        const { originator, responderService } = behavior.slots;
        const { received, time, clock } = behavior;
        const { duration } = rows;
        const ofHost = own.sums.data;
        const ofService = served.sums.data;
        const network = all.data;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          let host = originator[row]!;
          if (host < 0) clearSlot(own.stores, (host = ~host));
          let service = responderService[row]!;
          if (service < 0) clearSlot(served.stores, (service = ~service));
          const seconds = duration[row]!;
          let statistic = 0;
          if (seconds > 0 && received[row]! > 0) {
            own.fade(host, row);
            served.fade(service, row);
            const mean = network[1]!;
            if (seconds > mean) {
              const usualOfHost = (ofHost[2 * host + 1]! + PRIOR * mean) / (ofHost[2 * host]! + PRIOR);
              const usualOfService =
                (ofService[2 * service + 1]! + PRIOR * mean) / (ofService[2 * service]! + PRIOR);
              const usual = Math.max(mean, usualOfHost, usualOfService);
              if (usual > 0) {
                const spread = Math.max(1, network[2]! / (mean * mean));
                const known = network[0]! / (network[0]! + FEW);
                statistic =
                  surprise(seconds, usual, usual * usual * spread) *
                  known *
                  experience(time[row]! - clock.started);
              }
              if (statistic >= least) notes.add(row, statistic, { seconds, usualOfHost, usualOfService });
            }
            if (network[0]! < MEMORY) network[0]! += 1;
            network[1] = mean + (seconds - mean) / network[0]!;
            network[2]! += ((seconds - mean) * (seconds - network[1]) - network[2]!) / network[0]!;
            ofHost[2 * host]! += 1;
            ofHost[2 * host + 1]! += seconds;
            ofService[2 * service]! += 1;
            ofService[2 * service + 1]! += seconds;
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder, service }, { seconds = 0, usualOfHost = 0, usualOfService = 0 }) =>
    `${originator} held a connection to ${service} of ${responder} for ${formatDuration(seconds)}; ` +
    `its own usually last ${formatDuration(usualOfHost)}, those of this service ${formatDuration(usualOfService)}`,
};

/** Connections of the network's mean duration that each host and service is taken to have had. */
const PRIOR = 4;
const MEMORY = 10_000;
/** Connections after which half is believed. */
const FEW = 100;
