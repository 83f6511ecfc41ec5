import type { BehaviorFamily } from "./family.ts";
import { aDay, tenSeconds } from "./half-life.ts";
import { Moments } from "./moments.ts";
import { deviations, logCount, logRatio, logSeconds } from "./wording.ts";

/** Bursts and silences of the originator, against its own day. */
export const origRhythm = {
  id: "orig_rhythm",
  side: "originator",
  reads: ["ts", "id.orig_h"],
  entities: ["originator"],
  columns: {
    orig_conns_10s: logCount(
      "Connections by the originator, half-life 10 seconds.",
      "opened",
      ["connection", "connections"],
      "in about 15 s",
    ),
    orig_burst: logRatio(
      "Connections in the last minute over the originator's own mean of about a day.",
      "opened",
      "as many connections in 1 min as on its average day",
    ),
    orig_silence: logSeconds(
      "Time since the originator's last connection; 0 at its first.",
      "was silent for",
      "before this",
    ),
    orig_silence_z: deviations(
      "Logarithm of the time since the originator's last connection, against its own mean of about a day.",
      "the silence before this lies",
      "its mean",
    ),
  },
  open(rows) {
    const host = rows.visits("originator");
    const { gap } = host;
    const conns1m = host.inWindow("1m");
    const burst = host.fading(tenSeconds);
    const connsOfDay = host.fading(aDay);
    const steady = host.steady(aDay);
    const gaps = new Moments(host, aDay, host.logGap(), { deviation: 3 });
    return {
      logs: [0, 1, 2],
      fill(out, width, at) {
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          const perMinute = (connsOfDay[row]! * 60) / Math.max(60, steady[row]!);
          out[to] = 1 + burst[row]!;
          out[to + 1] = (1 + conns1m[row]!) / (1 + perMinute);
          out[to + 2] = 1 + gap[row]!;
        }
        gaps.fill(out, width, at);
      },
    };
  },
} as const satisfies BehaviorFamily;
