import type { Detector } from "./detector.ts";
import { CONNECTIONS_TO_TARGET } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";
import { amount } from "./wording.ts";

/** The same again and again. The statistic is how surprising the number of connections within the hour is for the pair. */
export const strobe: Detector = {
  id: "strobe",
  summary: "One host opens far more connections to one port of another than is usual between them.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p"],
  subject: "target",
  entities: ["target"],
  open(rows) {
    const { behavior, known } = rows;
    const rate = new UsualRate(behavior, "target", "1h");
    return {
      stores: rate.stores,
      fill(out, width, at, notes) {
        const { target } = behavior.slots;
        const { knownTarget } = rows;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          let slot = target[row]!;
          if (slot < 0) {
            slot = ~slot;
            const place = knownTarget[row]!;
            const perDay = knownAmount(known.targets, place, CONNECTIONS_TO_TARGET);
            rate.begin(slot, row, perDay, place > 0 ? known.seconds : 0);
          } else {
            rate.roll(slot, row);
          }
          rate.add(slot, 1);
          const opened = rate.recent(slot, row);
          const statistic = rate.surprise(slot, row, opened - 1);
          if (statistic >= least) notes.add(row, statistic, { opened, usual: rate.usual(slot, row) });
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder, service }, { opened = 0, usual = 0 }) =>
    `${originator} opened ${amount(opened, "connection", "connections")} to ${service} of ${responder} in 1 h; ` +
    `usually ${amount(usual, "an hour", "an hour")}`,
};
