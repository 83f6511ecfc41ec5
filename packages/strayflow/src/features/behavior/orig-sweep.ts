import { DistinctWindows } from "./distinct-windows.ts";
import { clearSlot } from "./family.ts";
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
    const hosts = new DistinctWindows(rows, "originatorService", ["5m", "1h"]);
    const ports = new DistinctWindows(rows, "pair", ["1h"]);
    return {
      stores: [...hosts.stores, ...ports.stores],
      logs: [0, 1, 2],
      fill(out, width, at) {
        const { originatorService, pair } = rows.slots;
        const { responderHash, serviceHash } = rows;
        for (let row = 0; row < rows.rows; row++) {
          let service = originatorService[row]!;
          if (service < 0) clearSlot(hosts.stores, (service = ~service));
          let peer = pair[row]!;
          if (peer < 0) clearSlot(ports.stores, (peer = ~peer));
          const to = row * width + at;
          hosts.roll(service, row);
          ports.roll(peer, row);

          hosts.put(out, to, service, row, 0);
          hosts.put(out, to + 1, service, row, 1);
          ports.put(out, to + 2, peer, row, 0);

          hosts.add(service, responderHash[row]!);
          ports.add(peer, serviceHash[row]!);
        }
      },
    };
  },
} as const satisfies BehaviorFamily;
