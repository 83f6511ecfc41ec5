import { rarity } from "../explain.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay } from "./half-life.ts";
import { timesLonger } from "./known-for.ts";
import { Sums } from "./sums.ts";
import { Surprise } from "./surprise.ts";
import { logCount, logRatio, novelty, rarer } from "./wording.ts";

/**
 * How new and how rare the responder is to the originator. All of it is measured against what is known of the originator:
 * for a host that is itself new, everything is new, and that says nothing.
 */
export const origPeers = {
  id: "orig_peers",
  side: "originator",
  reads: ["ts", "id.orig_h", "id.resp_h"],
  entities: ["originator", "pair"],
  columns: {
    peer_novelty: novelty(
      "ln of the time for which the originator is known over the time for which it has known this responder (an hour added to both, at most a week).",
      "has known this host",
      "the time that it is itself known",
    ),
    peer_surprise: rarity(
      "-ln of the share of the originator's connections that went to this responder, half-life 1 week, smoothed by one connection.",
      "this host among those that it contacts",
    ),
    peer_surprise_excess: rarer(
      "-ln of that share, less the originator's own mean of it: how much rarer than its usual choice. Drawn towards 0 while its history is short.",
      "this host",
      "those that it usually contacts",
    ),
    new_peers_1h: logCount(
      "Hosts that the originator contacted for the first time, in the last hour.",
      "contacted",
      ["new host", "new hosts"],
      "in 1 h",
    ),
    new_peers_excess: logRatio(
      "Hosts contacted for the first time in the last hour over the originator's own hourly mean of about a day.",
      "contacted",
      "as many new hosts in 1 h as is usual for it",
    ),
  },
  open(rows) {
    const host = rows.visits("originator");
    const pair = rows.visits("pair");
    const steady = host.steady(aDay);
    const surprise = new Surprise(rows, host, pair);
    const sums = new Sums(host);
    const newPeers = sums.inWindow("1h", pair.isFirst);
    const newPeersOfDay = sums.fading(aDay, pair.isFirst);
    return {
      logs: [0, 3, 4],
      fill(out, width, at) {
        const { age } = host;
        const known = pair.age;
        sums.update();
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          const hourly = (newPeersOfDay[row]! * 3600) / Math.max(3600, steady[row]!);
          out[to] = timesLonger(age[row]!, known[row]!);
          out[to + 3] = 1 + newPeers[row]!;
          out[to + 4] = (1 + newPeers[row]!) / (1 + hourly);
        }
        surprise.fill(out, width, at + 1);
      },
    };
  },
} as const satisfies BehaviorFamily;
