import { clearSlot } from "../../features/behavior/family.ts";
import { ln } from "../../features/behavior/logarithm.ts";
import { slotDoubles } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { ICMP } from "./detector-rows.ts";
import { ANSWERED_BY_HOST, SERVICES_OF_HOST } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";

export const newService: Detector = {
  id: "new-service",
  summary: "A known host answers on a port that it never answered on before.",
  unit: "-ln p",
  reads: ["ts", "id.resp_h", "id.resp_p", "conn_state"],
  entities: ["responder", "responderService"],
  open(rows) {
    const { behavior, known } = rows;
    /** Connections answered, services answered on. */
    const host = slotDoubles("responder", 2);
    /** When it first answered (NaN is not possible: 0 for never), and how surprising that was. */
    const service = slotDoubles("responderService", 2);
    return {
      stores: [host, service],
      fill(out, width, at, notes) {
        const { responder, responderService } = behavior.slots;
        const { time } = behavior;
        const { answered, knownResponder, knownService, kind } = rows;
        const { least } = notes;
        const counts = host.data;
        const births = service.data;
        for (let row = 0; row < rows.rows; row++) {
          let slot = responder[row]!;
          if (slot < 0) {
            slot = ~slot;
            const index = knownResponder[row]! - 1;
            counts[2 * slot] = index < 0 ? 0 : knownAmount(known.hosts, index, ANSWERED_BY_HOST);
            counts[2 * slot + 1] = index < 0 ? 0 : knownAmount(known.hosts, index, SERVICES_OF_HOST);
          }
          let port = responderService[row]!;
          if (port < 0) {
            clearSlot([service], (port = ~port));
            if (knownService[row]! > 0) births[2 * port] = 1;
          }
          let statistic = 0;
          if (answered[row] === 1 && (kind[row]! & ICMP) === 0) {
            const now = time[row]!;
            if (births[2 * port] === 0) {
              births[2 * port] = now;
              births[2 * port + 1] = ln((counts[2 * slot]! + 1) / (counts[2 * slot + 1]! + 1));
              counts[2 * slot + 1]! += 1;
            }
            counts[2 * slot]! += 1;
            statistic = Math.max(0, births[2 * port + 1]!) * 2 ** (-(now - births[2 * port]!) / 3600);
            if (statistic >= least)
              notes.add(row, statistic, { answered: counts[2 * slot]!, services: counts[2 * slot + 1]! - 1 });
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ responder, port }, { services = 0 }) =>
    `${responder} answers on port ${port}; it answered on ${services} others`,
};
