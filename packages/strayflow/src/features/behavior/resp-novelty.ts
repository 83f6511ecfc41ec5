import { rarity } from "../explain.ts";
import { DampedSums } from "./damped-sums.ts";
import { DistinctWindows } from "./distinct-windows.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { aWeek } from "./half-life.ts";
import { timesLonger } from "./known-for.ts";
import { slotDoubles } from "./slot-array.ts";
import { novelty } from "./wording.ts";

/**
 * How new and how rare the responder is to the network, and the port to the responder. Measured against how long the
 * network has been watched: in its first hours nothing can be new.
 */
export const respNovelty = {
  id: "resp_novelty",
  side: "responder",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p"],
  entities: ["responder", "responderService"],
  columns: {
    resp_novelty: novelty(
      "ln of the time for which the network is watched over the time for which the responder is known (an hour added to both, at most a week).",
      "the network has known this host",
    ),
    resp_rarity: rarity(
      "-ln of the share of the originators of about a day that contacted this responder, smoothed by one originator.",
      "this host among those that originators here contact",
    ),
    resp_port_novelty: novelty(
      "ln of the time for which the responder is known over the time for which it has been contacted on this port (an hour added to both, at most a week).",
      "this port of the host has been in use",
    ),
    resp_port_surprise: rarity(
      "-ln of the share of connections to this responder that went to this port, half-life 1 week, smoothed by one connection.",
      "this port among those that the host is contacted on",
    ),
  },
  open(rows) {
    const sources = new DistinctWindows(rows, "responder", ["1d"]);
    const originators = new DistinctWindows(rows, "network", ["1d"]);
    const toHost = new DampedSums(rows, "responder", aWeek, 1);
    const hostFirst = slotDoubles("responder", 1);
    const toPort = new DampedSums(rows, "responderService", aWeek, 1);
    const portFirst = slotDoubles("responderService", 1);
    const hostStores = [...sources.stores, ...toHost.stores, hostFirst];
    const portStores = [...toPort.stores, portFirst];
    return {
      stores: [...hostStores, ...portStores, ...originators.stores],
      logs: [0, 1, 2, 3],
      fill(out, width, at) {
        const { responder, responderService } = rows.slots;
        const { originatorHash, time, clock } = rows;
        const hostSums = toHost.sums.data;
        const portSums = toPort.sums.data;
        for (let row = 0; row < rows.rows; row++) {
          const now = time[row]!;
          let host = responder[row]!;
          if (host < 0) {
            clearSlot(hostStores, (host = ~host));
            hostFirst.data[host] = now;
          }
          let port = responderService[row]!;
          if (port < 0) {
            clearSlot(portStores, (port = ~port));
            portFirst.data[port] = now;
          }
          const to = row * width + at;
          sources.roll(host, row);
          originators.roll(0, row);
          toHost.fade(host, row);
          toPort.fade(port, row);

          const age = now - hostFirst.data[host]!;
          out[to] = timesLonger(now - clock.started, age);
          out[to + 1] = Math.max(1, (originators.value(0, row, 0) + 1) / (sources.value(host, row, 0) + 1));
          out[to + 2] = timesLonger(age, now - portFirst.data[port]!);
          out[to + 3] = Math.max(1, (hostSums[host]! + 1) / (portSums[port]! + 1));

          sources.add(host, originatorHash[row]!);
          originators.add(0, originatorHash[row]!);
          hostSums[host]! += 1;
          portSums[port]! += 1;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;
