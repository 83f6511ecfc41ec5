import { formatAddress } from "../zeek/address.ts";
import type { Batch } from "../zeek/batch.ts";

/** One connection as a report shows it; outlives its batch. Text from a log is hostile, and cut to a bounded length. */
export interface ShownConnection {
  /** Start, seconds since 1970. */
  readonly ts: number;
  readonly uid: string;
  readonly originator: string;
  readonly originatorPort: number;
  readonly responder: string;
  readonly responderPort: number;
  readonly proto: string;
  /** "" where unset, as is `state`. */
  readonly service: string;
  readonly state: string;
  /** Seconds; NaN where unset, as are the bytes. */
  readonly duration: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** A log may state a uid or service of any length; nobody reads more than this of it. */
const LONGEST_TEXT = 64;

export function shownConnection(batch: Batch, row: number): ShownConnection {
  const { uid, text } = batch;
  const word = ({ codes, values }: Batch["proto"]) => values[codes[row]!]!.slice(0, LONGEST_TEXT);
  const uidEnd = Math.min(uid.end[row]!, uid.start[row]! + LONGEST_TEXT);
  return {
    ts: batch.ts[row]!,
    uid: Buffer.from(text.subarray(uid.start[row], uidEnd)).toString("utf8"),
    originator: formatAddress(batch.orig_h, row),
    originatorPort: batch.orig_p[row]!,
    responder: formatAddress(batch.resp_h, row),
    responderPort: batch.resp_p[row]!,
    proto: word(batch.proto),
    service: word(batch.service),
    state: word(batch.conn_state),
    duration: batch.duration[row]!,
    sentBytes: batch.orig_bytes[row]!,
    receivedBytes: batch.resp_bytes[row]!,
  };
}
