import { formatBytes } from "../../base/units.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { slotDoubles, slotIntegers } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { TO_GROUP } from "./detector-rows.ts";
import { UsualRate } from "./usual-rate.ts";

/**
 * Data that are carried in the names of questions make questions long, and many. The statistic is how surprising it is
 * for the host how many bytes within the hour its questions held beyond the size that is ordinary here: two standard
 * deviations above the mean of all hosts. Each host counts once a minute in that mean, so that one cannot make its own long
 * questions ordinary. A connection that holds many questions, as tunnels make that keep their port, counts by packets.
 */
export const dnsTunnel: Detector = {
  id: "dns-tunnel",
  summary: "A host puts far more into questions to name servers than it usually does, in long names.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_p", "service", "orig_bytes", "orig_pkts"],
  subject: "originatorService",
  entities: ["originatorService"],
  open(rows) {
    const { behavior } = rows;
    /** Bytes beyond the ordinary, in full names. */
    const excess = new UsualRate(behavior, "originatorService", "1h");
    /** The minute in which the host was last counted, and 1 once it was. */
    const counted = slotIntegers("originatorService", 2);
    /** Questions counted, up to `MEMORY`; mean and variance of their bytes. */
    const ordinary = slotDoubles("network", 3);
    const stores = [counted];
    return {
      stores: [...excess.stores, counted, ordinary],
      fill(out, width, at, notes) {
        const { originatorService } = behavior.slots;
        const { bucket } = behavior.windows["1m"];
        const { sent } = behavior;
        const { dns, kind, sentPackets } = rows;
        const minutes = counted.data;
        const size = ordinary.data;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          let slot = originatorService[row]!;
          if (slot < 0) {
            clearSlot(stores, (slot = ~slot));
            excess.begin(slot, row);
          }
          let statistic = 0;
          if (dns[row] === 1 && sent[row]! > 0 && (kind[row]! & TO_GROUP) === 0) {
            excess.roll(slot, row);
            const questions = Math.max(1, sentPackets[row]!);
            const bytes = sent[row]! / questions;
            const beyond = bytes - (size[1]! + 2 * Math.sqrt(size[2]!));
            if (beyond > 0 && size[0]! >= ENOUGH) {
              // What holds more than a name can is no question.
              excess.add(slot, (Math.min(beyond, FULL_NAME) / FULL_NAME) * questions);
              statistic = excess.surprise(slot, row, excess.recent(slot, row));
              if (statistic >= least) {
                notes.add(row, statistic, {
                  bytes,
                  ordinary: size[1]!,
                  carried: excess.recent(slot, row) * FULL_NAME,
                  usual: excess.usual(slot, row) * FULL_NAME,
                });
              }
            }
            if (minutes[2 * slot] !== bucket[row]! || minutes[2 * slot + 1] === 0) {
              minutes[2 * slot] = bucket[row]!;
              minutes[2 * slot + 1] = 1;
              if (size[0]! < MEMORY) size[0]! += 1;
              const off = Math.min(bytes, 2 * FULL_NAME) - size[1]!;
              size[1]! += off / size[0]!;
              size[2]! += (off * off * (1 - 1 / size[0]!) - size[2]!) / size[0]!;
            }
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator }, { bytes = 0, ordinary = 0, carried = 0, usual = 0 }) =>
    `${originator} asked name servers long questions: in 1 h they held ${formatBytes(Math.round(carried))} more than ordinary ones ` +
    `of ${formatBytes(Math.round(ordinary))} do, the last had ${formatBytes(Math.round(bytes))}; ` +
    `usually ${formatBytes(Math.round(usual))} more an hour`,
};

/** Bytes; the longest name that DNS allows (RFC 1035, section 2.3.4). */
const FULL_NAME = 255;
/** Questions from which the ordinary size is known. */
const ENOUGH = 100;
const MEMORY = 10_000;
