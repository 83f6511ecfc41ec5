import { formatBytes } from "../../base/units.ts";
import { DampedMoments } from "../../features/behavior/damped-moments.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { aWeek } from "../../features/behavior/half-life.ts";
import { ln } from "../../features/behavior/logarithm.ts";
import type { Detector } from "./detector.ts";
import { MOST_ROWS, TO_GROUP } from "./detector-rows.ts";
import { SENT_TO_TARGET } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";

/**
 * Much sent to a place with little history, measured by what this host usually sends to any one place in a day. Volumes
 * spread over orders of magnitude, so the measure is the deviation of their logarithm from the host's own mean of
 * about a week, which comes to nothing while the host has no history; as nats, for tails as heavy as Laplace's. What is
 * usual for this very place counts against it in proportion, so the nightly backup says nothing.
 */
export const exfiltration: Detector = {
  id: "exfiltration",
  summary: "A host sends far more to a place with little history than it usually sends to any.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "orig_bytes"],
  subject: "target",
  entities: ["originator", "target"],
  open(rows) {
    const { behavior, known } = rows;
    const volume = new UsualRate(behavior, "target", "1d");
    /** ln(1 + bytes that the target got within the day). */
    const logVolume = new Float64Array(MOST_ROWS);
    const own = new DampedMoments(behavior, "originator", aWeek, [logVolume]);
    const scratch = new Float64Array(1);
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
            const place = knownTarget[row]!;
            const perDay = knownAmount(known.targets, place, SENT_TO_TARGET);
            volume.begin(slot, row, perDay, place > 0 ? known.seconds : 0);
          }
          let host = originator[row]!;
          if (host < 0) clearSlot(own.stores, (host = ~host));
          const bytes = sent[row]!;
          let statistic = 0;
          if (bytes > 0 && (kind[row]! & TO_GROUP) === 0) {
            volume.roll(slot, row);
            own.fade(host, row);
            volume.add(slot, bytes);
            const got = volume.recent(slot, row);
            logVolume[row] = ln(1 + got);
            own.putDeviations(scratch, 0, host, row);
            const deviations = scratch[0]!;
            if (deviations > 0) {
              const usual = volume.usual(slot, row);
              if (got > usual) statistic = Math.SQRT2 * deviations * (1 - usual / got);
              if (statistic >= least) {
                own.putMean(scratch, 0, host, 0);
                notes.add(row, statistic, { sent: got, usual, usualAnywhere: Math.expm1(scratch[0]!) });
              }
            }
            own.add(host, row);
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder, service }, { sent = 0, usual = 0, usualAnywhere = 0 }) =>
    `${originator} sent ${formatBytes(Math.round(sent))} to ${service} of ${responder} in 1 day; ` +
    `usually ${formatBytes(Math.round(usual))} a day there, and about ${formatBytes(Math.round(usualAnywhere))} to one place`,
};
