import { DistinctWindows } from "./distinct-windows.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { WindowSums } from "./window-sums.ts";
import { logCount } from "./wording.ts";

const hosts = ["host", "hosts"] as const;
const ports = ["port", "ports"] as const;
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
      hosts,
      "in 1 min",
    ),
    orig_hosts_5m: logCount(
      "Distinct hosts that the originator contacted in the last 5 minutes.",
      "contacted",
      hosts,
      "in 5 min",
    ),
    orig_hosts_1h: logCount(
      "Distinct hosts that the originator contacted in the last hour.",
      "contacted",
      hosts,
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
      ports,
      "in 1 min",
    ),
    orig_ports_5m: logCount(
      "Distinct ports that the originator tried in the last 5 minutes.",
      "tried",
      ports,
      "in 5 min",
    ),
  },
  open(rows) {
    const conns = new WindowSums(rows, "originator", ["1m", "5m", "1h"], 1);
    const hosts = new DistinctWindows(rows, "originator", ["1m", "5m", "1h"]);
    const nets = new DistinctWindows(rows, "originator", ["5m"]);
    const ports = new DistinctWindows(rows, "originator", ["1m", "5m"]);
    const stores = [conns, hosts, nets, ports].flatMap((part) => part.stores);
    return {
      stores,
      logs: [0, 1, 2, 3, 4, 5, 6, 7, 8],
      fill(out, width, at) {
        const { originator } = rows.slots;
        const { responderHash, networkHash, serviceHash } = rows;
        for (let row = 0; row < rows.rows; row++) {
          let slot = originator[row]!;
          if (slot < 0) clearSlot(stores, (slot = ~slot));
          const to = row * width + at;
          conns.roll(slot, row);
          hosts.roll(slot, row);
          nets.roll(slot, row);
          ports.roll(slot, row);

          conns.put(out, to, slot, row, 0, 0);
          conns.put(out, to + 1, slot, row, 1, 0);
          conns.put(out, to + 2, slot, row, 2, 0);
          hosts.put(out, to + 3, slot, row, 0);
          hosts.put(out, to + 4, slot, row, 1);
          hosts.put(out, to + 5, slot, row, 2);
          nets.put(out, to + 6, slot, row, 0);
          ports.put(out, to + 7, slot, row, 0);
          ports.put(out, to + 8, slot, row, 1);

          conns.count(slot, 0);
          hosts.add(slot, responderHash[row]!);
          nets.add(slot, networkHash[row]!);
          ports.add(slot, serviceHash[row]!);
        }
      },
    };
  },
} as const satisfies BehaviorFamily;
