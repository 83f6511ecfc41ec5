import { formatBytes } from "../../base/units.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { slotFloats } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { CONNECTIONS_TO_TARGET } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";
import { amount } from "./wording.ts";

/**
 * Guessing passwords is one short conversation over and over. The statistic is how surprising the number of conversations
 * within the hour is that were of the size of those before them, or failed like them. The one that differs after
 * many, which may be the guess that was right, keeps it.
 */
export const bruteForce: Detector = {
  id: "brute-force",
  summary: "One host repeats a conversation of one size with a service that asks for a password.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "service", "orig_bytes", "resp_bytes"],
  subject: "target",
  entities: ["target"],
  open(rows) {
    const { behavior, known } = rows;
    const repeats = new UsualRate(behavior, "target", "1h");
    /** Mean of ln(1 + bytes) of the last conversations, and their number up to `MEMORY`. */
    const sizes = slotFloats("target", 2);
    return {
      stores: [...repeats.stores, sizes],
      fill(out, width, at, notes) {
        const { target } = behavior.slots;
        const { logSize } = behavior;
        const { knownTarget, login } = rows;
        const size = sizes.data;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          let slot = target[row]!;
          const asksPassword = login[row] === 1;
          if (slot < 0) {
            clearSlot([sizes], (slot = ~slot));
            const place = asksPassword ? knownTarget[row]! : 0;
            const perDay = knownAmount(known.targets, place, CONNECTIONS_TO_TARGET);
            repeats.begin(slot, row, perDay, place > 0 ? known.seconds : 0);
          }
          let statistic = 0;
          if (asksPassword) {
            repeats.roll(slot, row);
            const now = logSize[row]! > 0 ? logSize[row]! : 0;
            const seen = size[2 * slot + 1]!;
            const usualSize = size[2 * slot]!;
            const isSame = seen > 0 && Math.abs(now - usualSize) < SAME;
            if (isSame) repeats.add(slot, 1);
            const memory = seen < MEMORY ? seen + 1 : MEMORY;
            size[2 * slot + 1] = memory;
            size[2 * slot] = usualSize + (now - usualSize) / memory;
            const repeated = repeats.recent(slot, row);
            statistic = repeats.surprise(slot, row, repeated);
            if (statistic >= least) {
              notes.add(row, statistic, {
                repeated,
                usual: repeats.usual(slot, row),
                bytes: Math.expm1(usualSize),
                different: isSame ? 0 : Math.expm1(now),
              });
            }
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder, service }, { repeated = 0, usual = 0, bytes = 0, different = 0 }) =>
    `${originator} repeated ${amount(repeated, "conversation", "conversations")}` +
    `${bytes >= 1 ? ` of about ${formatBytes(Math.round(bytes))}` : ""} with ${service} of ${responder} in 1 h; ` +
    `usually ${amount(usual, "an hour", "an hour")}` +
    (different > bytes ? `; then came one of ${formatBytes(Math.round(different))}` : ""),
};

/** Sizes within a factor of e^0.5 = 1.6: a few guesses more or less in one connection. */
const SAME = 0.5;
const MEMORY = 16;
