import type { BehaviorFamily } from "./family.ts";
import { aDay } from "./half-life.ts";
import { Moments } from "./moments.ts";
import { deviations, logCount, spread } from "./wording.ts";

/** What passes between these two hosts, and how regularly: the sign of beacons, and of a change in an old habit. */
export const pairUsual = {
  id: "pair_usual",
  side: "pair",
  reads: ["ts", "id.orig_h", "id.resp_h", "duration", "orig_bytes", "resp_bytes"],
  entities: ["pair"],
  columns: {
    pair_conns_1d: logCount(
      "Connections between these two hosts, half-life 1 day.",
      "opened",
      ["connection to this host", "connections to this host"],
      "in about a day and a half",
    ),
    pair_size_z: deviations(
      "Logarithm of the bytes both ways, against the pair's own mean of about a day.",
      "the bytes lie",
      "the mean between these two hosts",
    ),
    pair_duration_z: deviations(
      "Logarithm of the duration, against the pair's own mean of about a day.",
      "the duration lies",
      "the mean between these two hosts",
    ),
    pair_gap_z: deviations(
      "Logarithm of the time since the pair's last connection, against the pair's own mean of about a day.",
      "the time since their last connection lies",
      "the mean between these two hosts",
    ),
    pair_gap_spread: spread(
      "Standard deviation of the logarithm of the times between the pair's connections, half-life 1 day: small where they are regular.",
      "the times between their connections lie",
    ),
    pair_size_spread: spread(
      "Standard deviation of ln(1 + bytes both ways) between the pair, half-life 1 day: small where all are alike.",
      "the sizes of their connections lie",
    ),
  },
  open(rows) {
    const pair = rows.visits("pair");
    const connsOfDay = pair.fading(aDay);
    const moments = [
      new Moments(pair, aDay, rows.amounts.logs.size, { deviation: 1, spread: 5 }),
      new Moments(pair, aDay, rows.amounts.logs.duration, { deviation: 2 }),
      new Moments(pair, aDay, pair.logGap(), { deviation: 3, spread: 4 }),
    ];
    return {
      logs: [0],
      fill(out, width, at) {
        for (let row = 0, to = at; row < rows.rows; row++, to += width) out[to] = 1 + connsOfDay[row]!;
        for (let i = 0; i < moments.length; i++) moments[i]!.fill(out, width, at);
      },
    };
  },
} as const satisfies BehaviorFamily;
