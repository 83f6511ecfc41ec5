import { clearSlot } from "../../features/behavior/family.ts";
import { slotFloats } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { CONNECTIONS_TO_TARGET } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";

export const bruteForce: Detector = {
  id: "brute-force",
  summary: "One host repeats short conversations of one size with a service that asks for a password.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "service", "orig_bytes", "resp_bytes"],
  entities: ["target"],
  open(rows) {
    const { behavior, known } = rows;
    const again = new UsualRate(behavior, "target", "1h");
    /** Mean ln(1 + bytes) of the recent conversations, how many. */
    const size = slotFloats("target", 2);
    return {
      stores: [...again.stores, size],
      fill(out, width, at, notes) {
        const { target } = behavior.slots;
        const { logSize } = behavior;
        const { knownTarget, login } = rows;
        const { least } = notes;
        const sizes = size.data;
        for (let row = 0; row < rows.rows; row++) {
          let slot = target[row]!;
          if (slot < 0) {
            clearSlot([size], (slot = ~slot));
            const index = knownTarget[row]! - 1;
            if (index < 0) again.begin(slot, row);
            else again.begin(slot, row, knownAmount(known.targets, index, CONNECTIONS_TO_TARGET), known.seconds);
          } else if (login[row] === 1) again.roll(slot, row);
          let statistic = 0;
          if (login[row] === 1) {
            const now = logSize[row]! > 0 ? logSize[row]! : 0;
            const seen = sizes[2 * slot + 1]!;
            const same = seen > 0 && Math.abs(now - sizes[2 * slot]!) < 0.5;
            if (same) again.add(slot, 1);
            sizes[2 * slot + 1] = Math.min(seen + 1, 16);
            sizes[2 * slot]! += (now - sizes[2 * slot]!) / sizes[2 * slot + 1]!;
            const repeats = again.recent(slot, row);
            statistic = again.surprise(slot, row, repeats);
            if (statistic >= least) notes.add(row, statistic, { repeats, usual: again.usual(slot, row), same: same ? 1 : 0 });
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder, port }, { repeats = 0 }) =>
    `${originator} repeated ${repeats} conversations with port ${port} of ${responder}`,
};
