import { clearSlot } from "../../features/behavior/family.ts";
import { ln } from "../../features/behavior/logarithm.ts";
import { slotDoubles } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { FROM_INSIDE, TO_INSIDE } from "./detector-rows.ts";
import { experience } from "./surprise.ts";
import { UsualRate } from "./usual-rate.ts";
import { amount, during } from "./wording.ts";

/**
 * Who moves through a network logs in to host after host. The statistic is -ln of the chance of so many hosts of this
 * network, the first left out, on which the originator used services of administration within the day for the first time. The
 * number is taken to be geometrically distributed about what is usual for the originator. A host whose services n
 * others use counts as 1 / (1 + n): everybody calls on a file server some day. Attempts that nobody answers are a sweep.
 */
export const lateralMovement: Detector = {
  id: "lateral-movement",
  summary:
    "A host of this network uses services of administration on several others that it never used them on before.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "service", "conn_state", "resp_pkts"],
  subject: "originator",
  entities: ["originator", "responder", "pair"],
  open(rows) {
    const { behavior, known } = rows;
    /** New hosts. */
    const reached = new UsualRate(behavior, "originator", "1d");
    /** First seen; when the present run of new hosts began, which ends with a day without any; hosts in it. */
    const runs = slotDoubles("originator", 3);
    /** 1 + when the two first met so, 1 if training knew of it, 0 if they did not. */
    const meetings = slotDoubles("pair", 1);
    /** Hosts that used its services. */
    const users = slotDoubles("responder", 1);
    const [ofPair, ofResponder] = [[meetings], [users]];
    return {
      stores: [...reached.stores, runs, meetings, users],
      fill(out, width, at, notes) {
        const { originator, responder, pair } = behavior.slots;
        const { time } = behavior;
        const { admin, answered, kind, knownOriginator, knownTarget } = rows;
        const run = runs.data;
        const met = meetings.data;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          const now = time[row]!;
          let host = originator[row]!;
          if (host < 0) {
            host = ~host;
            const history = knownOriginator[row]! > 0 ? known.seconds : 0;
            reached.begin(host, row, 0, history);
            run[3 * host] = now - history;
            run[3 * host + 1] = 0;
            run[3 * host + 2] = 0;
          }
          let target = responder[row]!;
          if (target < 0) clearSlot(ofResponder, (target = ~target));
          let both = pair[row]!;
          if (both < 0) clearSlot(ofPair, (both = ~both));
          let statistic = 0;
          if ((kind[row]! & INSIDE) === INSIDE) {
            // Days on which a host moves nowhere count too.
            reached.roll(host, row);
            if (admin[row] === 1 && answered[row] === 1) {
              if (met[both] === 0) {
                const isKnown = knownTarget[row]! > 0;
                met[both] = isKnown ? 1 : 1 + now;
                if (!isKnown) {
                  if (reached.recent(host, row) === 0) {
                    run[3 * host + 1] = now;
                    run[3 * host + 2] = 0;
                  }
                  run[3 * host + 2]! += 1;
                  reached.add(host, 1 / (1 + users.data[target]!));
                }
                users.data[target]! += 1;
              }
              const hosts = reached.recent(host, row);
              if (hosts > 1 && now - met[both]! + 1 <= FRESH) {
                const usual = reached.usual(host, row);
                statistic =
                  (hosts - 1) * ln(1 + 1 / (usual + LEAST_USUAL)) * experience(now - run[3 * host]!);
                if (statistic >= least) {
                  const seconds = now - run[3 * host + 1]!;
                  const lately = seconds < DAY ? run[3 * host + 2]! : Math.round(hosts);
                  notes.add(row, statistic, { reached: lately, seconds: Math.min(seconds, DAY), usual });
                }
              }
            }
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder, service }, { reached = 0, seconds = 0, usual = 0 }) =>
    `${originator} used services of administration on ${amount(reached, "host", "hosts")} that it never used them on ` +
    `before${during(seconds)}, at last ${service} of ${responder}; usually ${amount(usual, "new host", "new hosts")} a day`,
};

const DAY = 86_400;
const INSIDE = FROM_INSIDE | TO_INSIDE;
/** Seconds for which what is done on a host belongs to having reached it. */
const FRESH = 3600;
/** Hosts a day. No host's habits are known so well that a new one would be rarer than on one day in ten. */
const LEAST_USUAL = 0.1;
