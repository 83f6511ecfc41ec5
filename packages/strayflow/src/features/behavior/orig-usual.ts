import type { BehaviorFamily } from "./family.ts";
import { aDay, tenMinutes } from "./half-life.ts";
import { Moments } from "./moments.ts";
import { deviations, logBytes, spread } from "./wording.ts";

/** What the originator's connections are like of late, and how this one compares with its day. */
export const origUsual = {
  id: "orig_usual",
  side: "originator",
  reads: ["ts", "id.orig_h", "duration", "orig_bytes", "resp_bytes"],
  entities: ["originator"],
  columns: {
    orig_size_mean_10m: logBytes(
      "Mean of ln(1 + bytes both ways) of the originator's connections, half-life 10 minutes.",
      "moved",
      "per connection of late",
    ),
    orig_size_spread_10m: spread(
      "Standard deviation of ln(1 + bytes both ways) of the originator's connections, half-life 10 minutes.",
      "its connections' sizes of late lie",
    ),
    orig_sent_z: deviations(
      "Logarithm of the bytes sent, against the originator's own mean of about a day.",
      "the bytes sent lie",
      "this host's mean",
    ),
    orig_received_z: deviations(
      "Logarithm of the bytes received, against the originator's own mean of about a day.",
      "the bytes received lie",
      "this host's mean",
    ),
    orig_duration_z: deviations(
      "Logarithm of the duration, against the originator's own mean of about a day.",
      "the duration lies",
      "this host's mean",
    ),
  },
  open(rows) {
    const host = rows.visits("originator");
    const moments = [
      new Moments(host, tenMinutes, rows.amounts.logs.size, { mean: 0, spread: 1 }),
      new Moments(host, aDay, rows.amounts.logs.sent, { deviation: 2 }),
      new Moments(host, aDay, rows.amounts.logs.received, { deviation: 3 }),
      new Moments(host, aDay, rows.amounts.logs.duration, { deviation: 4 }),
    ];
    return {
      logs: [],
      fill(out, width, at) {
        for (let i = 0; i < moments.length; i++) moments[i]!.fill(out, width, at);
      },
    };
  },
} as const satisfies BehaviorFamily;
