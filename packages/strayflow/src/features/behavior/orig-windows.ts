import { DistinctCount } from "./distinct-count.ts";
import type { BehaviorFamily } from "./family.ts";
import { putCount } from "./put-count.ts";
import { logCount } from "./wording.ts";

const responders = ["host", "hosts"] as const;
const services = ["port", "ports"] as const;
const connections = ["connection", "connections"] as const;

/** How much, and how widely, the originator has been connecting: the sign of scans, sweeps and worms. */
export const origWindows = {
  id: "orig_windows",
  side: "originator",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p"],
  entities: ["originator"],
  columns: {
    orig_conns_1m: logCount(
      "Connections by the originator in the last minute.",
      "opened",
      connections,
      "in 1 min",
    ),
    orig_conns_5m: logCount(
      "Connections by the originator in the last 5 minutes.",
      "opened",
      connections,
      "in 5 min",
    ),
    orig_conns_1h: logCount(
      "Connections by the originator in the last hour.",
      "opened",
      connections,
      "in 1 h",
    ),
    orig_hosts_1m: logCount(
      "Distinct hosts that the originator contacted in the last minute.",
      "contacted",
      responders,
      "in 1 min",
    ),
    orig_hosts_5m: logCount(
      "Distinct hosts that the originator contacted in the last 5 minutes.",
      "contacted",
      responders,
      "in 5 min",
    ),
    orig_hosts_1h: logCount(
      "Distinct hosts that the originator contacted in the last hour.",
      "contacted",
      responders,
      "in 1 h",
    ),
    orig_nets_5m: logCount(
      "Distinct networks (/24, or /64 for IPv6) that the originator contacted in the last 5 minutes.",
      "contacted",
      ["network", "networks"],
      "in 5 min",
    ),
    orig_ports_1m: logCount(
      "Distinct ports that the originator tried in the last minute.",
      "tried",
      services,
      "in 1 min",
    ),
    orig_ports_5m: logCount(
      "Distinct ports that the originator tried in the last 5 minutes.",
      "tried",
      services,
      "in 5 min",
    ),
  },
  open(rows) {
    const host = rows.visits("originator");
    const conns = [host.inWindow("1m"), host.inWindow("5m"), host.inWindow("1h")];
    const distinct = [
      new DistinctCount(host, "1m", rows.responderMark),
      new DistinctCount(host, "5m", rows.responderMark),
      new DistinctCount(host, "1h", rows.responderMark),
      new DistinctCount(host, "5m", rows.networkMark),
      new DistinctCount(host, "1m", rows.serviceMark),
      new DistinctCount(host, "5m", rows.serviceMark),
    ];
    return {
      logs: [0, 1, 2, 3, 4, 5, 6, 7, 8],
      fill(out, width, at) {
        for (let i = 0; i < conns.length; i++) putCount(out, width, at + i, conns[i]!, rows.rows);
        for (let i = 0; i < distinct.length; i++) distinct[i]!.fill(out, width, at + conns.length + i);
      },
    };
  },
} as const satisfies BehaviorFamily;
