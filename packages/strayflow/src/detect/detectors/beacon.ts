import { formatCount, formatDuration } from "../../base/units.ts";
import { DampedSums } from "../../features/behavior/damped-sums.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { aDay } from "../../features/behavior/half-life.ts";
import { slotDoubles } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { FROM_INSIDE, TO_INSIDE } from "./detector-rows.ts";
import { Regularity } from "./regularity.ts";
import { eachOf } from "./wording.ts";

/**
 * Regular calls between a pair that did not call each other in training. Regular traffic is mostly harmless, so the evidence of
 * regularity counts in proportion to three doubts:
 *
 * - whether the calls are something new for the end that belongs to this network: the time for which it was known before
 *   them, over that time and their own, and a day more, since only after a day is known what a day brings;
 * - whether others do the same: the pair's share of all evidence gained lately by callers of the service, or by
 *   calls of the originator to that service anywhere (clients of a file server, a host that polls many);
 * - two hosts of the network itself: polling is how they work.
 *
 * The last, and a host without any history, count with `LEAST_NOVELTY`.
 */
export const beacon: Detector = {
  id: "beacon",
  summary: "One host calls a port of another at regular times for long, which it did not do in training.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "orig_bytes"],
  subject: "target",
  entities: ["originator", "responder", "target", "originatorService", "responderService"],
  open(rows) {
    const { behavior, known } = rows;
    const regularity = new Regularity(MOST_PAIRS);
    /** Last call (log time), first call (the stream's clock), calls, seconds for which its ends were known before. */
    const calls = slotDoubles("target", 4);
    const originators = slotDoubles("originator", 1);
    const responders = slotDoubles("responder", 1);
    /** Evidence gained lately. */
    const own = new DampedSums(behavior, "target", aDay, 1);
    const byOriginator = new DampedSums(behavior, "originatorService", aDay, 1);
    const byService = new DampedSums(behavior, "responderService", aDay, 1);
    return {
      stores: [calls, originators, responders, ...own.stores, ...byOriginator.stores, ...byService.stores],
      write: (out) => regularity.write(out),
      read: (input) => regularity.read(input),
      fill(out, width, at, notes) {
        const { originator, responder, target, originatorService, responderService } = behavior.slots;
        const { time, sent } = behavior;
        const { ts, kind, knownTarget, knownOriginator, knownResponder } = rows;
        const call = calls.data;
        const firstOut = originators.data;
        const firstIn = responders.data;
        const gained = own.sums.data;
        const gainedByOriginator = byOriginator.sums.data;
        const gainedByService = byService.sums.data;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          const now = time[row]!;
          let from = originator[row]!;
          if (from < 0) firstOut[(from = ~from)] = now - (knownOriginator[row]! > 0 ? known.seconds : 0);
          let to = responder[row]!;
          if (to < 0) firstIn[(to = ~to)] = now - (knownResponder[row]! > 0 ? known.seconds : 0);
          let ofOriginator = originatorService[row]!;
          if (ofOriginator < 0) clearSlot(byOriginator.stores, (ofOriginator = ~ofOriginator));
          let service = responderService[row]!;
          if (service < 0) clearSlot(byService.stores, (service = ~service));
          let pair = target[row]!;
          let statistic = 0;
          if (pair < 0) {
            clearSlot(own.stores, (pair = ~pair));
            call[4 * pair + 1] = now;
            call[4 * pair + 2] = 0;
            call[4 * pair + 3] = knownBefore(kind[row]!, now - firstOut[from]!, now - firstIn[to]!);
          } else if (call[4 * pair + 2]! >= CALLS_BEFORE) {
            const slot = regularity.claim(pair, call[4 * pair + 2] === CALLS_BEFORE);
            const gap = Math.min(Math.abs(ts[row]! - call[4 * pair]!), LONGEST_GAP);
            const gain = regularity.add(slot, gap, sent[row]!);
            own.fade(pair, row);
            byOriginator.fade(ofOriginator, row);
            byService.fade(service, row);
            gained[pair]! += gain;
            gainedByOriginator[ofOriginator]! += gain;
            gainedByService[service]! += gain;
            const mine = gained[pair]!;
            if (knownTarget[row] === 0 && mine > 0) {
              const share =
                mine / Math.max(mine, gainedByOriginator[ofOriginator]!, gainedByService[service]!);
              const history = call[4 * pair + 3]!;
              const seconds = now - call[4 * pair + 1]!;
              const novelty = Math.max(LEAST_NOVELTY, history / (history + seconds + DAY));
              statistic = regularity.evidence(slot) * share * novelty;
              if (statistic >= least) {
                notes.add(row, statistic, {
                  ...regularity.describe(slot),
                  calls: call[4 * pair + 2]! + 1,
                  seconds,
                  history,
                  share,
                });
              }
            }
          }
          call[4 * pair] = ts[row]!;
          call[4 * pair + 2]! += 1;
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence(
    { originator, responder, service },
    { period = 0, deviation = 0, calls = 0, seconds = 0, bytes = 0, bytesDeviation = 0 },
  ) {
    return (
      `${originator} calls ${service} of ${responder} every ${formatDuration(period)} (±${formatDuration(deviation)}), ` +
      `${formatCount(calls)} times over ${formatDuration(seconds)}${eachOf(bytes, bytesDeviation)}; ` +
      `it did not before`
    );
  },
};

/** Seconds for which the ends that belong to this network were known; of two strangers, the one that was known longer. */
function knownBefore(kind: number, originator: number, responder: number): number {
  switch (kind & (FROM_INSIDE | TO_INSIDE)) {
    case FROM_INSIDE:
      return originator;
    case TO_INSIDE:
      return responder;
    case 0:
      return Math.max(originator, responder);
    default:
      return 0;
  }
}

const MOST_PAIRS = 16_384;
/** Pairs of fewer calls take no memory beyond the count. */
const CALLS_BEFORE = 3;
/** Seconds. */
const DAY = 86_400;
const LONGEST_GAP = 60 * DAY;
const LEAST_NOVELTY = 0.1;
