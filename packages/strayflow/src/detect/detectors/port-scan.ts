import type { Detector } from "./detector.ts";
import { openFirstContacts } from "./first-contacts.ts";
import { amount, during, inVain } from "./wording.ts";

/** Many ports of one host. */
export const portScan: Detector = {
  id: "port-scan",
  summary: "One host tries many ports of another that it did not contact before, most of them in vain.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "conn_state"],
  subject: "pair",
  entities: ["originator", "pair", "target"],
  open: (rows) => openFirstContacts(rows, "pair"),
  sentence: ({ originator, responder }, { tried = 0, seconds = 0, usual = 0, failures = 0 }) =>
    `${originator} tried ${amount(tried, "new port", "new ports")} of ${responder}${during(seconds)}${inVain(failures)}; ` +
    `usually ${amount(usual, "an hour", "an hour")}`,
};
