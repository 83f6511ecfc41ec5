import { fixedFamily } from "../define.ts";
import { choice } from "../explain.ts";

const OTHER = 10;
const MISSING = 11;
const GROUPS = 12;

/** How the connection ended, in groups of Zeek's `conn_state` that mean the same to an analyst. */
export const connState = fixedFamily({
  id: "conn_state",
  side: "connection",
  reads: ["conn_state"],
  columns: {
    state_no_reply: choice(
      "state",
      "S0 (no reply)",
      "S0: attempt, no reply.",
      "got no reply (S0)",
      "got a reply",
    ),
    state_rejected: choice(
      "state",
      "REJ (rejected)",
      "REJ: attempt rejected.",
      "was rejected (REJ)",
      "was not rejected",
    ),
    state_normal: choice(
      "state",
      "SF (opened and closed normally)",
      "SF: opened and closed normally.",
      "opened and closed normally (SF)",
      "did not open and close normally",
    ),
    state_open: choice(
      "state",
      "S1 (left open)",
      "S1: established, not closed.",
      "was left open (S1)",
      "was not left open",
    ),
    state_half_closed: choice(
      "state",
      "S2 or S3 (closed by one end only)",
      "S2, S3: only one end closed.",
      "was closed by one end only (S2, S3)",
      "was not closed by one end only",
    ),
    state_reset_by_originator: choice(
      "state",
      "RSTO (reset by the originator)",
      "RSTO: established, reset by the originator.",
      "was reset by the originator (RSTO)",
      "was not reset by the originator",
    ),
    state_reset_by_responder: choice(
      "state",
      "RSTR (reset by the responder)",
      "RSTR: reset by the responder.",
      "was reset by the responder (RSTR)",
      "was not reset by the responder",
    ),
    state_reset_unopened: choice(
      "state",
      "RSTOS0 or RSTRH (reset before it was established)",
      "RSTOS0, RSTRH: reset before it was established.",
      "was reset before it was established (RSTOS0, RSTRH)",
      "was not reset before it was established",
    ),
    state_closed_unopened: choice(
      "state",
      "SH or SHR (closed before it was established)",
      "SH, SHR: closed before it was established.",
      "was closed before it was established (SH, SHR)",
      "was not closed before it was established",
    ),
    state_midstream: choice(
      "state",
      "OTH (opening not seen)",
      "OTH: no opening seen.",
      "its opening was not seen (OTH)",
      "its opening was seen",
    ),
    state_other: choice(
      "state",
      "one that this version does not know",
      "A conn_state that this version does not know.",
      "ended in a state that this version does not know",
      "ended in a state that is known",
    ),
    state_missing: choice(
      "state",
      "not stated",
      "The log states no conn_state.",
      "no conn_state was recorded",
      "a conn_state was recorded",
    ),
  },
  fill(out, width, at, batch) {
    const { codes, values } = batch.conn_state;
    const group = Uint8Array.from(values, (value, code) =>
      code === 0 ? MISSING : (groups.get(value) ?? OTHER),
    );
    for (let row = 0, to = at; row < batch.rows; row++, to += width) {
      for (let i = 0; i < GROUPS; i++) out[to + i] = 0;
      out[to + group[codes[row]!]!] = 1;
    }
  },
});

const groups: ReadonlyMap<string, number> = new Map([
  ["S0", 0],
  ["REJ", 1],
  ["SF", 2],
  ["S1", 3],
  ["S2", 4],
  ["S3", 4],
  ["RSTO", 5],
  ["RSTR", 6],
  ["RSTOS0", 7],
  ["RSTRH", 7],
  ["SH", 8],
  ["SHR", 8],
  ["OTH", 9],
]);
