import { slotIntegers } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { CONNECTIONS_TO_SERVICE } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";
import { amount } from "./wording.ts";

/**
 * Too much for one service of one host, whoever it comes from. The statistic is the larger of two: how surprising the number of
 * sources within the minute is for the service, and, for a connection that failed itself, that of failures.
 */
export const flood: Detector = {
  id: "flood",
  summary:
    "One service of one host gets connections from far more sources in a minute than is usual for it, or far more that fail.",
  unit: "nats",
  reads: ["ts", "id.resp_h", "id.resp_p", "conn_state"],
  subject: "responderService",
  entities: ["responderService", "target"],
  open(rows) {
    const { behavior, known } = rows;
    const sources = new UsualRate(behavior, "responderService", "1m");
    const failures = new UsualRate(behavior, "responderService", "1m");
    /** The minute in which a source was last counted. */
    const counted = slotIntegers("target", 1);
    return {
      stores: [...sources.stores, ...failures.stores, counted],
      fill(out, width, at, notes) {
        const { responderService, target } = behavior.slots;
        const { bucket } = behavior.windows["1m"];
        const { knownService, failed } = rows;
        const minutes = counted.data;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          let slot = responderService[row]!;
          if (slot < 0) {
            slot = ~slot;
            const place = knownService[row]!;
            const perDay = knownAmount(known.services, place, CONNECTIONS_TO_SERVICE);
            sources.begin(slot, row, perDay, place > 0 ? known.seconds : 0);
            failures.begin(slot, row);
          } else {
            sources.roll(slot, row);
          }
          const source = target[row]!;
          if (source < 0 || minutes[source] !== bucket[row]!) {
            minutes[source < 0 ? ~source : source] = bucket[row]!;
            sources.add(slot, 1);
          }
          let statistic = sources.surprise(slot, row, sources.recent(slot, row) - 1);
          let failedLately = 0;
          if (failed[row] === 1) {
            failures.roll(slot, row);
            failures.add(slot, 1);
            failedLately = failures.recent(slot, row);
            statistic = Math.max(statistic, failures.surprise(slot, row, failedLately - 1));
          }
          if (statistic >= least) {
            notes.add(row, statistic, {
              sources: sources.recent(slot, row),
              usualSources: sources.usual(slot, row),
              failed: failedLately,
              usualFailed: failures.usual(slot, row),
            });
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence({ responder, service }, { sources = 0, usualSources = 0, failed = 0, usualFailed = 0 }) {
    const failing =
      failed > 0
        ? `, and ${amount(failed, "attempt", "attempts")} in vain (usually ${amount(usualFailed, "a minute", "a minute")})`
        : "";
    return (
      `${service} of ${responder} was contacted by ${amount(sources, "source", "sources")} in 1 min ` +
      `(usually ${amount(usualSources, "a minute", "a minute")})${failing}`
    );
  },
};
