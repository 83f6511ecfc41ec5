import { clearSlot } from "../../features/behavior/family.ts";
import { ln } from "../../features/behavior/logarithm.ts";
import { slotDoubles } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { ICMP } from "./detector-rows.ts";
import { ANSWERED_BY_HOST, SERVICES_OF_HOST } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { amount } from "./wording.ts";

/**
 * A host that is well known answers on a port for the first time. The statistic is -ln of the chance that its next
 * answer comes from a new service, estimated from how many services it took to make its answers so far (Laplace's
 * rule); 0 for a host without history, and small for one that opens ports all the time. It stays with the service and fades
 * with a half-life of an hour.
 */
export const newService: Detector = {
  id: "new-service",
  summary: "A known host answers on a port that it never answered on before.",
  unit: "nats",
  reads: ["ts", "id.resp_h", "id.resp_p", "conn_state", "resp_pkts"],
  subject: "responderService",
  entities: ["responder", "responderService"],
  open(rows) {
    const { behavior, known } = rows;
    /** Connections that the host answered, services that it answered on. */
    const hosts = slotDoubles("responder", 2);
    /** 1 + when the service first answered, 0 before; how surprising that was. */
    const births = slotDoubles("responderService", 2);
    const birthStores = [births];
    return {
      stores: [hosts, births],
      fill(out, width, at, notes) {
        const { responder, responderService } = behavior.slots;
        const { time } = behavior;
        const { answered, knownResponder, knownService, kind } = rows;
        const counts = hosts.data;
        const birth = births.data;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          let host = responder[row]!;
          if (host < 0) {
            host = ~host;
            counts[2 * host] = knownAmount(known.hosts, knownResponder[row]!, ANSWERED_BY_HOST);
            counts[2 * host + 1] = knownAmount(known.hosts, knownResponder[row]!, SERVICES_OF_HOST);
          }
          let service = responderService[row]!;
          if (service < 0) {
            clearSlot(birthStores, (service = ~service));
            if (knownService[row]! > 0) birth[2 * service] = 1;
          }
          let statistic = 0;
          if (answered[row] === 1 && (kind[row]! & ICMP) === 0) {
            const now = time[row]!;
            const answers = counts[2 * host]!;
            const services = counts[2 * host + 1]!;
            const isNew = birth[2 * service] === 0;
            if (isNew) {
              birth[2 * service] = 1 + now;
              birth[2 * service + 1] = answers > services ? ln((answers + 1) / (services + 1)) : 0;
              counts[2 * host + 1] = services + 1;
            }
            counts[2 * host] = answers + 1;
            if (birth[2 * service + 1]! > 0) {
              statistic = birth[2 * service + 1]! * 2 ** ((birth[2 * service]! - 1 - now) / HALF_LIFE);
              if (statistic >= least) {
                const others = Math.round(isNew ? services : services - 1);
                notes.add(row, statistic, { answers, others, seconds: now - birth[2 * service]! + 1 });
              }
            }
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ responder, service }, { answers = 0, others = 0 }) =>
    `${responder} now answers on ${service}; before, it answered ${amount(Math.round(answers), "connection", "connections")} ` +
    `on ${amount(others, "other service", "other services")} and never on this one`,
};

/** Seconds. */
const HALF_LIFE = 3600;
