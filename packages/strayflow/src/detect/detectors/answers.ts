import type { Batch, TextColumn } from "../../zeek/batch.ts";

/** What each conn_state of a batch says of the responder, by code. */
export function repliesOf(connState: TextColumn): Uint8Array {
  return Uint8Array.from(connState.values, (state) => replyOf.get(state) ?? UNKNOWN);
}

/** Whether the responder is known to have answered a connection that the originator opened. */
export function hasAnswered(
  { conn_state, resp_pkts, resp_bytes }: Batch,
  row: number,
  replies: Uint8Array,
): boolean {
  const reply = replies[conn_state.codes[row]!]!;
  return (reply & ANSWERS) !== 0 && (resp_pkts[row]! > 0 || resp_bytes[row]! > 0);
}

/**
 * Whether the attempt was in vain: nobody was there, it was refused, or it was broken off before anything was said. Not
 * the opposite of having answered: of many connections neither is known.
 */
export function hasFailed(batch: Batch, row: number, replies: Uint8Array, isTcp: boolean): boolean {
  const { conn_state, orig_bytes, resp_bytes, resp_pkts } = batch;
  const reply = replies[conn_state.codes[row]!]!;
  if (reply === NONE) return true;
  if ((reply & RESETS) !== 0 && !(orig_bytes[row]! > 0) && !(resp_bytes[row]! > 0)) return true;
  return !isTcp && resp_pkts[row] === 0;
}

const UNKNOWN = 0;
const NONE = 1;
const ANSWERS = 2;
const RESETS = 4;

/** Without a state ("") the packets decide. OTH is left out: who opened such a connection is not known. */
const replyOf: ReadonlyMap<string, number> = new Map([
  ["", ANSWERS],
  ["S0", NONE],
  ["SH", NONE],
  ["RSTOS0", NONE],
  ["REJ", NONE],
  ["S1", ANSWERS],
  ["S2", ANSWERS],
  ["S3", ANSWERS],
  ["SF", ANSWERS],
  ["RSTO", ANSWERS | RESETS],
  ["RSTR", ANSWERS | RESETS],
  ["RSTRH", RESETS],
]);
