import { DampedMoments } from "../../features/behavior/damped-moments.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { aWeek } from "../../features/behavior/half-life.ts";
import { ln } from "../../features/behavior/logarithm.ts";
import type { Detector } from "./detector.ts";
import { MOST_ROWS, TO_GROUP } from "./detector-rows.ts";
import { SENT_TO_TARGET } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";

export const exfiltration: Detector = {
  id: "exfiltration",
  summary: "A host sends far more to a place with little history than it usually sends anywhere.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "orig_bytes"],
  entities: ["originator", "target"],
  open(rows) {
    const { behavior, known } = rows;
    const volume = new UsualRate(behavior, "target", "1h");
    /** ln(1 + bytes sent to the target within the hour). */
    const logVolume = new Float64Array(MOST_ROWS);
    const own = new DampedMoments(behavior, "originator", aWeek, [logVolume]);
    const z = new Float64Array(1);
    return {
      stores: [...volume.stores, ...own.stores],
      fill(out, width, at, notes) {
        const { originator, target } = behavior.slots;
        const { sent } = behavior;
        const { knownTarget, kind } = rows;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          let slot = target[row]!;
          if (slot < 0) {
            slot = ~slot;
            const index = knownTarget[row]! - 1;
            if (index < 0) volume.begin(slot, row);
            else volume.begin(slot, row, knownAmount(known.targets, index, SENT_TO_TARGET), known.seconds);
          } else volume.roll(slot, row);
          let host = originator[row]!;
          if (host < 0) clearSlot(own.stores, (host = ~host));
          own.fade(host, row);
          const bytes = sent[row]!;
          let statistic = 0;
          if (bytes > 0 && (kind[row]! & TO_GROUP) === 0) {
            volume.add(slot, bytes);
            const sentNow = volume.recent(slot, row);
            const usual = volume.usual(slot, row);
            logVolume[row] = ln(1 + sentNow);
            own.putDeviations(z, 0, host, row);
            statistic = z[0]! > 0 ? (Math.SQRT2 * z[0]! * sentNow) / (sentNow + usual) : 0;
            if (statistic >= least) notes.add(row, statistic, { sent: sentNow, usual });
            own.add(host, row);
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder }, { sent = 0 }) => `${originator} sent ${sent} to ${responder}`,
};
