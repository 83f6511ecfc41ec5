import { DistinctCount } from "./distinct-count.ts";
import type { BehaviorFamily } from "./family.ts";
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
    const conns1m = host.inWindow("1m");
    const conns5m = host.inWindow("5m");
    const conns1h = host.inWindow("1h");
    const distinct = [
      new DistinctCount(host, "1m", rows.keys.responderMark),
      new DistinctCount(host, "5m", rows.keys.responderMark),
      new DistinctCount(host, "1h", rows.keys.responderMark),
      new DistinctCount(host, "5m", rows.keys.networkMark),
      new DistinctCount(host, "1m", rows.keys.serviceMark),
      new DistinctCount(host, "5m", rows.keys.serviceMark),
    ];
    return {
      logs: [0, 1, 2, 3, 4, 5, 6, 7, 8],
      fill(out, width, at) {
        for (let i = 0; i < distinct.length; i++) distinct[i]!.fill(out, width, at + 3 + i);
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          out[to] = 1 + conns1m[row]!;
          out[to + 1] = 1 + conns5m[row]!;
          out[to + 2] = 1 + conns1h[row]!;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;
