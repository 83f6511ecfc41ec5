import { DistinctCount } from "./distinct-count.ts";
import type { BehaviorFamily } from "./family.ts";
import { logCount } from "./wording.ts";

/** The two directions in which a scan goes: one port of many hosts, many ports of one host. */
export const origSweep = {
  id: "orig_sweep",
  side: "originator",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p"],
  entities: ["originatorService", "pair"],
  columns: {
    port_hosts_5m: logCount(
      "Distinct hosts that the originator contacted on this port in the last 5 minutes.",
      "contacted",
      ["host on this port", "hosts on this port"],
      "in 5 min",
    ),
    port_hosts_1h: logCount(
      "Distinct hosts that the originator contacted on this port in the last hour.",
      "contacted",
      ["host on this port", "hosts on this port"],
      "in 1 h",
    ),
    host_ports_1h: logCount(
      "Distinct ports of this responder that the originator tried in the last hour.",
      "tried",
      ["port of this host", "ports of this host"],
      "in 1 h",
    ),
  },
  open(rows) {
    const service = rows.visits("originatorService");
    const distinct = [
      new DistinctCount(service, "5m", rows.keys.responderMark),
      new DistinctCount(service, "1h", rows.keys.responderMark),
      new DistinctCount(rows.visits("pair"), "1h", rows.keys.serviceMark),
    ];
    return {
      logs: [0, 1, 2],
      fill(out, width, at) {
        for (let i = 0; i < distinct.length; i++) distinct[i]!.fill(out, width, at + i);
      },
    };
  },
} as const satisfies BehaviorFamily;
