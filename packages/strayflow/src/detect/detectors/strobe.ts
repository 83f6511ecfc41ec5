import type { Detector } from "./detector.ts";
import { CONNECTIONS_TO_TARGET } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";

/** The same connection over and over. */
export const strobe: Detector = {
  id: "strobe",
  summary: "One host opens far more connections to one port of another than is usual between them.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p"],
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
            const index = knownTarget[row]! - 1;
            if (index < 0) rate.begin(slot, row);
            else rate.begin(slot, row, knownAmount(known.targets, index, CONNECTIONS_TO_TARGET), known.seconds);
          } else rate.roll(slot, row);
          rate.add(slot, 1);
          const opened = rate.recent(slot, row);
          const statistic = rate.surprise(slot, row, opened - 1);
          out[row * width + at] = statistic;
          if (statistic >= least) notes.add(row, statistic, { opened, usual: rate.usual(slot, row) });
        }
      },
    };
  },
  sentence: ({ originator, responder, port }, { opened = 0, usual = 0 }) =>
    `${originator} opened ${opened} connections to port ${port} of ${responder} in 1 h; usual ${usual}`,
};
