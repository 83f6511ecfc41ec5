import { slotIntegers } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { CONNECTIONS_TO_SERVICE } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";

/** Too many connections for one service of one host, whoever they come from. */
export const flood: Detector = {
  id: "flood",
  summary: "One service of one host gets far more connections in a minute than is usual for it, most of them unanswered.",
  unit: "nats",
  reads: ["ts", "id.resp_h", "id.resp_p", "conn_state"],
  entities: ["responderService", "target"],
  open(rows) {
    const { behavior, known } = rows;
    /** Sources within the minute. */
    const sources = new UsualRate(behavior, "responderService", "1m");
    /** The minute in which a source last came, plus 1. */
    const minute = slotIntegers("target", 1);
    const vain = new UsualRate(behavior, "responderService", "1m");
    return {
      stores: [...sources.stores, ...vain.stores, minute],
      fill(out, width, at, notes) {
        const { responderService, target } = behavior.slots;
        const { bucket } = behavior.windows["1m"];
        const { knownService, failed } = rows;
        const { least } = notes;
        const minutes = minute.data;
        for (let row = 0; row < rows.rows; row++) {
          let slot = responderService[row]!;
          if (slot < 0) {
            slot = ~slot;
            const index = knownService[row]! - 1;
            if (index < 0) sources.begin(slot, row);
            else sources.begin(slot, row, knownAmount(known.services, index, CONNECTIONS_TO_SERVICE), known.seconds);
            vain.begin(slot, row);
          } else {
            sources.roll(slot, row);
            vain.roll(slot, row);
          }
          let source = target[row]!;
          const isNew = source < 0;
          if (isNew) source = ~source;
          if (isNew || minutes[source] !== bucket[row]!) {
            minutes[source] = bucket[row]!;
            sources.add(slot, 1);
          }
          if (failed[row] === 1) vain.add(slot, 1);
          const came = sources.recent(slot, row);
          const failures = vain.recent(slot, row);
          const statistic = Math.max(
            sources.surprise(slot, row, came - 1),
            vain.surprise(slot, row, failures - 1),
          );
          if (statistic >= least)
            notes.add(row, statistic, {
              came, failures, usual: sources.usual(slot, row), usualVain: vain.usual(slot, row),
            });
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ responder, port }, { came = 0, usual = 0 }) =>
    `port ${port} of ${responder} got ${came} connections in 1 min; usual ${usual}`,
};
