import { share } from "../explain.ts";
import { DampedSums } from "./damped-sums.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay, anHour } from "./half-life.ts";
import { EMPTY, FAILED, REFUSED, RESET, UNANSWERED } from "./rows.ts";
import { WindowSums } from "./window-sums.ts";
import { logCount, shareExcess } from "./wording.ts";

/**
 * How the originator's connections ended. Shares are drawn towards 0 as if two more connections had succeeded; failures
 * at first contact are what a scan cannot avoid and a user hardly ever has (Jung et al. 2004, threshold random walk).
 */
export const origOutcomes = {
  id: "orig_outcomes",
  side: "originator",
  reads: ["ts", "id.orig_h", "id.resp_h", "conn_state"],
  entities: ["originator", "pair"],
  columns: {
    orig_unanswered_5m: share(
      "Share of the originator's connections in the last 5 minutes that got no answer (S0, SH, RSTOS0).",
      "of its connections in 5 min got no answer",
    ),
    orig_refused_5m: share(
      "Share of the originator's connections in the last 5 minutes that were refused (REJ).",
      "of its connections in 5 min were refused",
    ),
    orig_reset_5m: share(
      "Share of the originator's connections in the last 5 minutes that were reset (RSTO, RSTR, RSTRH).",
      "of its connections in 5 min were reset",
    ),
    orig_empty_5m: share(
      "Share of the originator's connections in the last 5 minutes that carried no payload.",
      "of its connections in 5 min carried nothing",
    ),
    orig_failed_1h: share(
      "Share of the originator's connections in the last hour that got no answer, were refused or reset.",
      "of its connections in 1 h failed",
    ),
    orig_failed_excess: shareExcess(
      "Share of the originator's connections in the last 5 minutes that failed, less its own share over a day.",
      "of its connections failed than on its average day",
    ),
    orig_failed_contacts: logCount(
      "Failed connections to hosts that the originator had not contacted before, half-life 1 hour.",
      "failed at",
      ["first contact", "first contacts"],
      "in about 1 h",
    ),
    orig_failed_contact_share: share(
      "Share of the originator's first contacts that failed, half-life 1 hour.",
      "of its first contacts failed",
    ),
  },
  open(rows) {
    /** Connections; of them unanswered, refused, reset, empty. */
    const last5m = new WindowSums(rows, "originator", ["5m"], 5);
    /** Connections; of them failed. */
    const last1h = new WindowSums(rows, "originator", ["1h"], 2);
    const daily = new DampedSums(rows, "originator", aDay, 2);
    /** First contacts; of them failed. */
    const contacts = new DampedSums(rows, "originator", anHour, 2);
    const stores = [last5m, last1h, daily, contacts].flatMap((part) => part.stores);
    return {
      stores,
      logs: [6],
      fill(out, width, at) {
        const { originator, pair } = rows.slots;
        const { outcome } = rows;
        const ofDay = daily.sums.data;
        const ofContacts = contacts.sums.data;
        for (let row = 0; row < rows.rows; row++) {
          let slot = originator[row]!;
          if (slot < 0) clearSlot(stores, (slot = ~slot));
          const to = row * width + at;
          last5m.roll(slot, row);
          last1h.roll(slot, row);
          daily.fade(slot, row);
          contacts.fade(slot, row);

          const scale = 1 / (last5m.value(slot, row, 0, 0) + PRIOR);
          const unanswered = last5m.value(slot, row, 0, 1);
          const refused = last5m.value(slot, row, 0, 2);
          const reset = last5m.value(slot, row, 0, 3);
          out[to] = unanswered * scale;
          out[to + 1] = refused * scale;
          out[to + 2] = reset * scale;
          out[to + 3] = last5m.value(slot, row, 0, 4) * scale;
          out[to + 4] = last1h.value(slot, row, 0, 1) / (last1h.value(slot, row, 0, 0) + PRIOR);
          const ownShare = ofDay[2 * slot + 1]! / (ofDay[2 * slot]! + PRIOR);
          out[to + 5] = (unanswered + refused + reset + PRIOR * ownShare) * scale - ownShare;
          out[to + 6] = 1 + ofContacts[2 * slot + 1]!;
          out[to + 7] = ofContacts[2 * slot + 1]! / (ofContacts[2 * slot]! + PRIOR);

          const ended = outcome[row]!;
          const failed = (ended & FAILED) !== 0 ? 1 : 0;
          const first = pair[row]! < 0 ? 1 : 0;
          last5m.count(slot, 0);
          if ((ended & UNANSWERED) !== 0) last5m.count(slot, 1);
          if ((ended & REFUSED) !== 0) last5m.count(slot, 2);
          if ((ended & RESET) !== 0) last5m.count(slot, 3);
          if ((ended & EMPTY) !== 0) last5m.count(slot, 4);
          last1h.count(slot, 0);
          if (failed === 1) last1h.count(slot, 1);
          ofDay[2 * slot]! += 1;
          ofDay[2 * slot + 1]! += failed;
          ofContacts[2 * slot]! += first;
          ofContacts[2 * slot + 1]! += first * failed;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Connections that are taken to have succeeded beside those seen. */
const PRIOR = 2;
