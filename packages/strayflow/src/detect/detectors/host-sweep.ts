import type { Detector } from "./detector.ts";
import { openFirstContacts } from "./first-contacts.ts";
import { amount, during, inVain } from "./wording.ts";

/** One port of many hosts. */
export const hostSweep: Detector = {
  id: "host-sweep",
  summary: "One host tries the same port of many hosts that it did not contact before, most of them in vain.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "conn_state"],
  subject: "originatorService",
  entities: ["originator", "originatorService", "target"],
  open: (rows) => openFirstContacts(rows, "originatorService"),
  sentence: ({ originator, service }, { tried = 0, seconds = 0, usual = 0, failures = 0 }) =>
    `${originator} tried ${service} of ${amount(tried, "new host", "new hosts")}${during(seconds)}${inVain(failures)}; ` +
    `usually ${amount(usual, "an hour", "an hour")}`,
};
