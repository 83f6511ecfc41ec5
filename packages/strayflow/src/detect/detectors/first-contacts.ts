import { DampedSums } from "../../features/behavior/damped-sums.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { aDay } from "../../features/behavior/half-life.ts";
import { slotDoubles } from "../../features/behavior/slot-array.ts";
import type { DetectorMemory } from "./detector.ts";
import { ICMP, NO_PROBE } from "./detector-rows.ts";
import type { DetectorRows } from "./detector-rows.ts";
import { VAIN_CONTACTS_OF_HOST } from "./known-pairs.ts";
import { knownAmount } from "./known-set.ts";
import { UsualRate } from "./usual-rate.ts";

/**
 * Both kinds of scan are first contacts, grouped in two ways: one port of many hosts, or many ports of one host. The
 * statistic is a sum over two facts. Half of it is how surprising the number of first contacts within the hour is
 * for this group; only half, because people visit many new places and get answers. The other is how surprising it is for the
 * originator that so many failed beyond those that succeeded: the sequential test of Jung et al. 2004 (Fast portscan
 * detection using sequential hypothesis testing), with their odds, in units of one contact; a failure counts up,
 * an answer down, never below 0, half-life 1 day.
 *
 * A connection to what was contacted before says something only if it fails.
 */
export function openFirstContacts(rows: DetectorRows, group: "originatorService" | "pair"): DetectorMemory {
  const { behavior, known } = rows;
  const contacts = new UsualRate(behavior, group, "1h");
  /** Contacts of the originator that were in vain, whatever their group. */
  const vain = new UsualRate(behavior, "originator", "1d");
  const failures = new DampedSums(behavior, group, aDay, 1);
  /** When the present run of contacts began, which ends with an hour without any; contacts in it. */
  const runs = slotDoubles(group, 2);
  const groupStores = [...failures.stores, runs];
  const skipped = group === "pair" ? ICMP : NO_PROBE;
  return {
    stores: [...contacts.stores, ...vain.stores, ...groupStores],
    fill(out, width, at, notes) {
      const { target, originator } = behavior.slots;
      const groups = behavior.slots[group];
      const { time } = behavior;
      const { failed, answered, knownTarget, knownOriginator, kind } = rows;
      const excess = failures.sums.data;
      const run = runs.data;
      const { least } = notes;
      for (let row = 0; row < rows.rows; row++) {
        let host = originator[row]!;
        if (host < 0) {
          host = ~host;
          const place = knownOriginator[row]!;
          const perDay = knownAmount(known.hosts, place, VAIN_CONTACTS_OF_HOST);
          vain.begin(host, row, perDay, place > 0 ? known.seconds : 0);
        }
        let slot = groups[row]!;
        if (slot < 0) {
          clearSlot(groupStores, (slot = ~slot));
          contacts.begin(slot, row);
        }
        let statistic = 0;
        const isFirst = target[row]! < 0 && knownTarget[row] === 0;
        if ((isFirst || failed[row] === 1) && (kind[row]! & skipped) === 0) {
          vain.roll(host, row);
          contacts.roll(slot, row);
          failures.fade(slot, row);
          if (isFirst) {
            if (contacts.recent(slot, row) === 0) {
              run[2 * slot] = time[row]!;
              run[2 * slot + 1] = 0;
            }
            run[2 * slot + 1]! += 1;
            contacts.add(slot, 1);
            if (failed[row] === 1) {
              excess[slot]! += 1;
              vain.add(host, 1);
            } else if (answered[row] === 1) {
              excess[slot] = Math.max(0, excess[slot]! - 1);
            }
          }
          // The first contact of a group is no scan yet.
          statistic =
            vain.surprise(host, row, excess[slot]! - 1) +
            0.5 * contacts.surprise(slot, row, contacts.recent(slot, row) - 1);
          if (statistic >= least) {
            notes.add(row, statistic, {
              tried: run[2 * slot + 1]!,
              seconds: time[row]! - run[2 * slot]!,
              usual: contacts.usual(slot, row),
              failures: excess[slot]!,
              usualFailures: vain.usual(host, row),
            });
          }
        }
        out[row * width + at] = statistic;
      }
    },
  };
}
