import { share } from "../explain.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay, anHour } from "./half-life.ts";
import { MOST_ROWS } from "./rows.ts";
import { Sums } from "./sums.ts";
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
    const host = rows.visits("originator");
    const { isFirst } = rows.visits("pair");
    const conns5m = host.inWindow("5m");
    const conns1h = host.inWindow("1h");
    const connsOfDay = host.fading(aDay);
    const failedFirst = new Float64Array(MOST_ROWS);
    const sums = new Sums(host);
    const unanswered = sums.inWindow("5m", rows.amounts.unanswered);
    const refused = sums.inWindow("5m", rows.amounts.refused);
    const reset = sums.inWindow("5m", rows.amounts.reset);
    const empty = sums.inWindow("5m", rows.amounts.empty);
    const failed1h = sums.inWindow("1h", rows.amounts.failed);
    const failedOfDay = sums.fading(aDay, rows.amounts.failed);
    const contacts = sums.fading(anHour, isFirst);
    const failedContacts = sums.fading(anHour, failedFirst);
    return {
      logs: [6],
      fill(out, width, at) {
        const { failed } = rows.amounts;
        for (let row = 0; row < rows.rows; row++) failedFirst[row] = failed[row]! * isFirst[row]!;
        sums.update();
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          const scale = 1 / (conns5m[row]! + PRIOR);
          const noAnswer = unanswered[row]!;
          const refusals = refused[row]!;
          const resets = reset[row]!;
          const ownShare = failedOfDay[row]! / (connsOfDay[row]! + PRIOR);
          out[to] = noAnswer * scale;
          out[to + 1] = refusals * scale;
          out[to + 2] = resets * scale;
          out[to + 3] = empty[row]! * scale;
          out[to + 4] = failed1h[row]! / (conns1h[row]! + PRIOR);
          out[to + 5] = (noAnswer + refusals + resets + PRIOR * ownShare) * scale - ownShare;
          out[to + 6] = 1 + failedContacts[row]!;
          out[to + 7] = failedContacts[row]! / (contacts[row]! + PRIOR);
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Connections that are taken to have succeeded beside those seen. */
const PRIOR = 2;
