import { formatBytes, formatCount } from "../../base/units.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { ln } from "../../features/behavior/logarithm.ts";
import { slotDoubles, slotFloats, slotIntegers } from "../../features/behavior/slot-array.ts";
import type { Detector } from "./detector.ts";
import { FROM_INSIDE, TO_GROUP, TO_INSIDE } from "./detector-rows.ts";
import { SENT_TO_TARGET } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";
import { beyondOthers, casesIn, countCase, moveCase, othersAsLarge, VOLUME_WORDS } from "./volumes.ts";
import { amount } from "./wording.ts";

/**
 * Much sent to a place with little history. A case is what one host sends to one place in a day. The statistic is -ln of
 * the share of cases that are as large: among those of all hosts in the same direction between inside and outside, beyond
 * the largest with Pareto's tail of exponent 1, the lightest that has no mean. The host's own days only excuse: who syncs
 * as much to a new address every other day does so today. What is usual for this very place counts against it in proportion, so
 * the nightly backup says nothing.
 */
export const exfiltration: Detector = {
  id: "exfiltration",
  summary: "A host sends far more to a place with little history than it and others usually send to any.",
  unit: "nats",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "orig_bytes"],
  subject: "target",
  entities: ["originator", "target"],
  open(rows) {
    const { behavior, known } = rows;
    const volume = new UsualRate(behavior, "target", "1d");
    /** Bytes of the target's present case; the day that it belongs to, and 1 if it is counted among those of all hosts. */
    const amounts = slotDoubles("target", 1);
    const cases = slotIntegers("target", 2);
    /** The largest cases of the host's days; that of the present day; that day, and its cases then and in all. */
    const own = slotFloats("originator", VOLUME_WORDS);
    const largest = slotDoubles("originator", 1);
    const begun = slotIntegers("originator", 3);
    const everybody = slotFloats("network", DIRECTIONS * VOLUME_WORDS);
    const ofTarget = [amounts, cases];
    const ofHost = [own, largest, begun];
    return {
      stores: [...volume.stores, ...ofTarget, ...ofHost, everybody],
      fill(out, width, at, notes) {
        const { originator, target } = behavior.slots;
        const { bucket } = behavior.windows["1d"];
        const { sent } = behavior;
        const { knownTarget, kind } = rows;
        const present = amounts.data;
        const dated = cases.data;
        const mine = own.data;
        const most = largest.data;
        const all = everybody.data;
        const { least } = notes;
        for (let row = 0; row < rows.rows; row++) {
          let slot = target[row]!;
          if (slot < 0) {
            clearSlot(ofTarget, (slot = ~slot));
            const place = knownTarget[row]!;
            const perDay = knownAmount(known.targets, place, SENT_TO_TARGET);
            volume.begin(slot, row, perDay, place > 0 ? known.seconds : 0);
          }
          let host = originator[row]!;
          if (host < 0) clearSlot(ofHost, (host = ~host));
          const bytes = sent[row]!;
          let statistic = 0;
          if (bytes > 0 && (kind[row]! & TO_GROUP) === 0) {
            volume.roll(slot, row);
            volume.add(slot, bytes);
            const from = host * VOLUME_WORDS;
            const direction = directionOf(kind[row]!) * VOLUME_WORDS;
            const day = bucket[row]!;
            const before = dated[2 * slot] === day ? present[slot]! : 0;
            const grown = (present[slot] = before + bytes);
            if (before === 0) {
              const nth = beginCase(begun.data, 3 * host, day);
              if (nth === 1) countCase(mine, from, (most[host] = bytes), MOST_DAYS);
              dated[2 * slot] = day;
              dated[2 * slot + 1] = nth <= MOST_A_DAY ? 1 : 0;
              if (nth <= MOST_A_DAY) countCase(all, direction, bytes, MOST_CASES);
            } else if (dated[2 * slot + 1] === 1) {
              moveCase(all, direction, before, grown);
            }
            if (grown > most[host]!) {
              moveCase(mine, from, most[host]!, grown);
              most[host] = grown;
            }
            const got = volume.recent(slot, row);
            const usual = volume.usual(slot, row);
            if (got > usual) {
              const counted = dated[2 * slot + 1] === 1 ? grown : 0;
              const larger = othersAsLarge(all, direction, got, counted);
              const beyond = beyondOthers(all, direction, counted);
              const anyone = (larger + (got > beyond ? beyond / got : 1)) / (1 + casesIn(all, direction));
              const asMuch = othersAsLarge(mine, from, got, grown === most[host] ? grown : 0);
              const ownDays = Math.max(1, casesIn(mine, from));
              const places = begun.data[3 * host + 2]!;
              const chance = Math.max(
                anyone,
                asMuch / ownDays,
                places < LEAST_HISTORY ? 1 / (1 + places) : 0,
              );
              if (chance < 1) statistic = -ln(chance) * (1 - usual / got);
              if (statistic >= least) notes.add(row, statistic, { sent: got, usual, asMuch, days: ownDays });
            }
          }
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder, service }, { sent = 0, usual = 0, asMuch = 0, days = 0 }) =>
    `${originator} sent ${formatBytes(Math.round(sent))} to ${service} of ${responder} in 1 day; ` +
    `usually ${formatBytes(Math.round(usual))} a day there, and as much to any other place on ` +
    `${formatCount(Math.round(asMuch))} of ${amount(Math.round(days), "day", "days")}`,
};

/** Between inside and outside, four. */
const DIRECTIONS = 4;
/** Days of a host after which the older count half, and cases of all hosts. */
const MOST_DAYS = 30;
const MOST_CASES = 100_000;
/** Cases of a host that count in a day: who calls on everybody does not decide what is usual. */
const MOST_A_DAY = 100;
/** Cases below which a host is not called rarer than they can tell. */
const LEAST_HISTORY = 20;

function directionOf(kind: number): number {
  return ((kind & FROM_INSIDE) === 0 ? 0 : 1) + ((kind & TO_INSIDE) === 0 ? 0 : 2);
}

/** The number of the host's new case on this day, from 1. */
function beginCase(begun: Int32Array, at: number, day: number): number {
  if (begun[at] !== day) {
    begun[at] = day;
    begun[at + 1] = 0;
  }
  if (begun[at + 2]! < LEAST_HISTORY) begun[at + 2]! += 1;
  return (begun[at + 1]! += 1);
}
