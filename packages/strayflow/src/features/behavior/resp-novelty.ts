import { rarity } from "../explain.ts";
import { DistinctCount } from "./distinct-count.ts";
import type { BehaviorFamily } from "./family.ts";
import { aWeek } from "./half-life.ts";
import { timesLonger } from "./known-for.ts";
import { MOST_ROWS } from "./rows.ts";
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
      "the time that it is watched",
    ),
    resp_rarity: rarity(
      "-ln of the share of the originators of about a day that contacted this responder, smoothed by one originator.",
      "this host among those that originators here contact",
    ),
    resp_port_novelty: novelty(
      "ln of the time for which the responder is known over the time for which it has been contacted on this port (an hour added to both, at most a week).",
      "this port of the host has been in use",
      "the time that the host is known",
    ),
    resp_port_surprise: rarity(
      "-ln of the share of connections to this responder that went to this port, half-life 1 week, smoothed by one connection.",
      "this port among those that the host is contacted on",
    ),
  },
  open(rows) {
    const host = rows.visits("responder");
    const port = rows.visits("responderService");
    const toHost = host.fading(aWeek);
    const toPort = port.fading(aWeek);
    const sources = new DistinctCount(host, "1d", rows.keys.originatorMark);
    const originators = new DistinctCount(rows.visits("network"), "1d", rows.keys.originatorMark);
    /** 1 + the number of originators, of the network and of the responder. */
    const all = new Float32Array(MOST_ROWS);
    const own = new Float32Array(MOST_ROWS);
    return {
      logs: [0, 1, 2, 3],
      fill(out, width, at) {
        const { time, clock } = rows;
        const { age } = host;
        const portAge = port.age;
        const { started } = clock;
        originators.fill(all, 1, 0);
        sources.fill(own, 1, 0);
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          out[to] = timesLonger(time[row]! - started, age[row]!);
          out[to + 1] = Math.max(1, all[row]! / own[row]!);
          out[to + 2] = timesLonger(age[row]!, portAge[row]!);
          out[to + 3] = Math.max(1, (toHost[row]! + 1) / (toPort[row]! + 1));
        }
      },
    };
  },
} as const satisfies BehaviorFamily;
