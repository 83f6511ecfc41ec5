import { rarity } from "../explain.ts";
import type { BehaviorFamily } from "./family.ts";
import { timesLonger } from "./known-for.ts";
import { Surprise } from "./surprise.ts";
import { novelty, rarer } from "./wording.ts";

/** How new and how rare the port is to the originator, measured against what is known of the originator. */
export const origPorts = {
  id: "orig_ports",
  side: "originator",
  reads: ["ts", "id.orig_h", "id.resp_p"],
  entities: ["originator", "originatorService"],
  columns: {
    port_novelty: novelty(
      "ln of the time for which the originator is known over the time for which it has used this port (an hour added to both, at most a week).",
      "has used this port",
      "the time that it is known",
    ),
    port_surprise: rarity(
      "-ln of the share of the originator's connections that went to this port, half-life 1 week, smoothed by one connection.",
      "this port among those that it uses",
    ),
    port_surprise_excess: rarer(
      "-ln of that share, less the originator's own mean of it: how much rarer than its usual choice. Drawn towards 0 while its history is short.",
      "this port",
      "those that it usually uses",
    ),
  },
  open(rows) {
    const host = rows.visits("originator");
    const port = rows.visits("originatorService");
    const surprise = new Surprise(rows, host, port);
    return {
      logs: [0],
      fill(out, width, at) {
        const { age } = host;
        const known = port.age;
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          out[to] = timesLonger(age[row]!, known[row]!);
        }
        surprise.fill(out, width, at + 1);
      },
    };
  },
} as const satisfies BehaviorFamily;
