import { DistinctCounts } from "./distinct-counts.ts";
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
    const hosts = new DistinctCounts(rows.visits("originatorService"), [
      { hashes: rows.responderHash, window: "5m" },
      { hashes: rows.responderHash, window: "1h" },
    ]);
    const ports = new DistinctCounts(rows.visits("pair"), [{ hashes: rows.serviceHash, window: "1h" }]);
    return {
      logs: [0, 1, 2],
      fill(out, width, at) {
        hosts.fill(out, width, at);
        ports.fill(out, width, at + 2);
      },
    };
  },
} as const satisfies BehaviorFamily;
