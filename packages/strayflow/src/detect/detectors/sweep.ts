import { DampedSums } from "../../features/behavior/damped-sums.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { aDay } from "../../features/behavior/half-life.ts";
import { formatCount } from "../../base/units.ts";
import type { Detector, DetectorMemory } from "./detector.ts";
import type { DetectorRows } from "./detector-rows.ts";
import { knownAmount, } from "./known-set.ts";
import { VAIN_CONTACTS_OF_HOST } from "./known-pairs.ts";
import { ICMP, NO_PROBE } from "./detector-rows.ts";
import { UsualRate } from "./usual-rate.ts";

/**
 * Both kinds of scan are first contacts: with many hosts on one port, or with many ports of one host. Two things make
 * them suspicious, and the statistic is the sum of their logarithms: how many of them there were within the hour against what
 * is usual for the originator, and how many failed beyond those that succeeded. The second is the sequential test of Jung
 * et al. 2004 (Fast portscan detection using sequential hypothesis testing) with their odds, in units of one contact:
 * a failure counts up, a success down, never below 0.
 */
const reads = ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "conn_state"] as const;

/** One port of many hosts. */
export const hostSweep: Detector = {
  id: "host-sweep",
  summary: "One host tries the same port of many others that it had not contacted before, most of them in vain.",
  unit: "log ratio",
  reads,
  entities: ["originator", "originatorService", "target"],
  open: (rows) => openSweep(rows, "originatorService"),
  sentence({ originator, port }, { tried = 0, failed = 0, seconds = 0, usual = 0 }) {
    return `${originator} tried port ${port} of ${formatCount(Math.round(tried))} hosts`;
  },
};

/** Many ports of one host. */
export const portScan: Detector = {
  id: "port-scan",
  summary: "One host tries many ports of another that it had not contacted before, most of them in vain.",
  unit: "log ratio",
  reads,
  entities: ["originator", "pair", "target"],
  open: (rows) => openSweep(rows, "pair"),
  sentence({ originator, responder }, { tried = 0, failed = 0, seconds = 0, usual = 0 }) {
    return `${originator} tried ${formatCount(Math.round(tried))} ports of ${responder}`;
  },
};

function openSweep(rows: DetectorRows, group: "originatorService" | "pair"): DetectorMemory {
  const { behavior, known } = rows;
  /** First contacts of the group within the hour. */
  const contacts = new UsualRate(behavior, group, "1h");
  /** Those of the originator that were in vain, within the day. */
  const vain = new UsualRate(behavior, "originator", "1d");
  /** Failures beyond successes. */
  const failures = new DampedSums(behavior, group, aDay, 1);
  const skipped = group === "pair" ? ICMP : NO_PROBE;
  return {
    stores: [...contacts.stores, ...vain.stores, ...failures.stores],
    fill(out, width, at, notes) {
      const { target, originator } = behavior.slots;
      const groups = behavior.slots[group];
      const { failed, answered, knownTarget, knownOriginator, kind } = rows;
      const excess = failures.sums.data;
      const { least } = notes;
      for (let row = 0; row < rows.rows; row++) {
        let host = originator[row]!;
        if (host < 0) {
          const index = knownOriginator[row]! - 1;
          host = ~host;
          if (index < 0) vain.begin(host, row);
          else vain.begin(host, row, knownAmount(known.hosts, index, VAIN_CONTACTS_OF_HOST), known.seconds);
        } else vain.roll(host, row);
        let slot = groups[row]!;
        if (slot < 0) {
          clearSlot(failures.stores, (slot = ~slot));
          contacts.begin(slot, row);
        } else contacts.roll(slot, row);
        failures.fade(slot, row);

        let statistic = 0;
        const isFirst = target[row]! < 0 && knownTarget[row] === 0;
        if ((kind[row]! & skipped) === 0 && (isFirst || failed[row] === 1)) {
          if (isFirst) {
            contacts.add(slot, 1);
            if (failed[row] === 1) {
              excess[slot]! += 1;
              vain.add(host, 1);
            } else if (answered[row] === 1) excess[slot] = Math.max(0, excess[slot]! - 1);
          }
          const tried = contacts.recent(slot, row);
          // The first contact of a group is no sweep yet.
          statistic = vain.surprise(host, row, excess[slot]! - 1) + 0.5 * contacts.surprise(slot, row, tried - 1);
          if (statistic >= least) notes.add(row, statistic, { tried, failed: excess[slot]!, usual: contacts.usual(slot, row), usualVain: vain.usual(host, row) });
        }
        out[row * width + at] = statistic;
      }
    },
  };
}
