import { rarity } from "../explain.ts";
import { DampedSums } from "./damped-sums.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay, aWeek, steadySeconds } from "./half-life.ts";
import { timesLonger } from "./known-for.ts";
import { ln } from "./logarithm.ts";
import { slotDoubles } from "./slot-array.ts";
import { WindowSums } from "./window-sums.ts";
import { logCount, logRatio, novelty } from "./wording.ts";

/**
 * How new and how rare the responder is to the originator. All of it is measured against what is known of the originator:
 * for a host that is itself new, everything is new, and that says nothing.
 */
export const origPeers = {
  id: "orig_peers",
  side: "originator",
  reads: ["ts", "id.orig_h", "id.resp_h"],
  entities: ["originator", "pair"],
  columns: {
    peer_novelty: novelty(
      "ln of the time for which the originator is known over the time for which it has known this responder (an hour added to both, at most a week).",
      "has known this host",
    ),
    peer_surprise: rarity(
      "-ln of the share of the originator's connections that went to this responder, half-life 1 week, smoothed by one connection.",
      "this host among those that it contacts",
    ),
    peer_surprise_excess: logRatio(
      "-ln of that share, less the originator's own mean of it: how much rarer than its usual choice. Drawn towards 0 while its history is short.",
      "this host is rarer by",
      "than those that it usually contacts",
    ),
    new_peers_1h: logCount(
      "Hosts that the originator contacted for the first time, in the last hour.",
      "contacted",
      ["new host", "new hosts"],
      "in 1 h",
    ),
    new_peers_excess: logRatio(
      "Hosts contacted for the first time in the last hour over the originator's own hourly mean of about a day.",
      "contacted",
      "as many new hosts in 1 h as is usual for it",
    ),
  },
  open(rows) {
    const firstContacts = new WindowSums(rows, "originator", ["1h"], 1);
    const firstContactsOfDay = new DampedSums(rows, "originator", aDay, 1);
    /** Connections, and the sum of their surprise. */
    const own = new DampedSums(rows, "originator", aWeek, 2);
    const ownFirst = slotDoubles("originator", 1);
    const withPeer = new DampedSums(rows, "pair", aWeek, 1);
    const peerFirst = slotDoubles("pair", 1);
    const ownStores = [...firstContacts.stores, ...firstContactsOfDay.stores, ...own.stores, ownFirst];
    const peerStores = [...withPeer.stores, peerFirst];
    return {
      stores: [...ownStores, ...peerStores],
      logs: [0, 1, 3, 4],
      fill(out, width, at) {
        const { originator, pair } = rows.slots;
        const { time } = rows;
        const sums = own.sums.data;
        const peerSums = withPeer.sums.data;
        const newOfDay = firstContactsOfDay.sums.data;
        for (let row = 0; row < rows.rows; row++) {
          const now = time[row]!;
          let slot = originator[row]!;
          if (slot < 0) {
            clearSlot(ownStores, (slot = ~slot));
            ownFirst.data[slot] = now;
          }
          let peer = pair[row]!;
          const isNew = peer < 0;
          if (isNew) {
            clearSlot(peerStores, (peer = ~peer));
            peerFirst.data[peer] = now;
          }
          const to = row * width + at;
          firstContacts.roll(slot, row);
          firstContactsOfDay.fade(slot, row);
          own.fade(slot, row);
          withPeer.fade(peer, row);

          const age = now - ownFirst.data[slot]!;
          const all = sums[2 * slot]!;
          const rarer = Math.max(1, (all + 1) / (peerSums[peer]! + 1));
          const surprise = ln(rarer);
          const hourly = (newOfDay[slot]! * 3600) / steadySeconds(aDay, age, 3600);
          out[to] = timesLonger(age, now - peerFirst.data[peer]!);
          out[to + 1] = rarer;
          out[to + 2] = (surprise * all - sums[2 * slot + 1]!) / (all + PRIOR);
          firstContacts.put(out, to + 3, slot, row, 0, 0);
          out[to + 4] = (1 + firstContacts.value(slot, row, 0, 0)) / (1 + hourly);

          sums[2 * slot] = all + 1;
          sums[2 * slot + 1]! += surprise;
          peerSums[peer]! += 1;
          if (isNew) {
            firstContacts.count(slot, 0);
            newOfDay[slot]! += 1;
          }
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Connections of usual surprise that are taken to have been seen. */
const PRIOR = 10;
