import { hashAddress } from "../../features/behavior/fingerprint.ts";
import type { Batch } from "../../zeek/batch.ts";
import { hasFailed, repliesOf } from "../detectors/answers.ts";

/** Which rows belong to an activity. Absent parts hold for every row. */
export interface RowRule {
  /** Index of the finding that the rule belongs to. */
  readonly finding: number;
  readonly originator?: Uint32Array | undefined;
  readonly responder?: Uint32Array | undefined;
  readonly service?: { readonly port: number; readonly proto: string } | undefined;
  /** Log time of the start, seconds, both included. */
  readonly from: number;
  readonly to: number;
  /** Conversations in which the responder sent something are left alone: they are not what was in vain. */
  readonly onlyInVain: boolean;
}

/** Writes for each row of a batch 1 + the finding that it belongs to, 0 for none. */
export type MarkRows = (batch: Batch, out: Uint16Array) => void;

/** Rules by one end, so that a row is compared with few of them. */
export function rowMarker(rules: readonly RowRule[]): MarkRows {
  const byOriginator = new Map<number, RowRule[]>();
  const byResponder = new Map<number, RowRule[]>();
  for (const rule of rules) {
    const words = rule.originator ?? rule.responder;
    if (words === undefined) continue;
    const index = rule.originator === undefined ? byResponder : byOriginator;
    const key = hashAddress(0, words, 0);
    const known = index.get(key);
    if (known === undefined) index.set(key, [rule]);
    else known.push(rule);
  }
  return (batch, out) => {
    const replies = repliesOf(batch.conn_state);
    const tcp = batch.proto.values.indexOf("tcp");
    for (let row = 0; row < batch.rows; row++) {
      const inVain =
        !(batch.resp_bytes[row]! > 0) || hasFailed(batch, row, replies, batch.proto.codes[row] === tcp);
      const rule =
        (byOriginator.size > 0 &&
          firstOf(byOriginator.get(hashAddress(0, batch.orig_h, 4 * row)), batch, row, inVain)) ||
        (byResponder.size > 0 &&
          firstOf(byResponder.get(hashAddress(0, batch.resp_h, 4 * row)), batch, row, inVain));
      out[row] = rule ? rule.finding + 1 : 0;
    }
  };
}

function firstOf(
  rules: readonly RowRule[] | undefined,
  batch: Batch,
  row: number,
  inVain: boolean,
): RowRule | undefined {
  if (rules === undefined) return undefined;
  const ts = batch.ts[row]!;
  for (const rule of rules) {
    if (ts < rule.from || ts > rule.to || (rule.onlyInVain && !inVain)) continue;
    if (rule.originator !== undefined && !isAt(rule.originator, batch.orig_h, 4 * row)) continue;
    if (rule.responder !== undefined && !isAt(rule.responder, batch.resp_h, 4 * row)) continue;
    if (rule.service !== undefined && !isService(rule.service, batch, row)) continue;
    return rule;
  }
  return undefined;
}

function isAt(words: Uint32Array, all: Uint32Array, at: number): boolean {
  return (
    words[0] === all[at] && words[1] === all[at + 1] && words[2] === all[at + 2] && words[3] === all[at + 3]
  );
}

function isService(
  { port, proto }: { readonly port: number; readonly proto: string },
  batch: Batch,
  row: number,
): boolean {
  if (batch.proto.values[batch.proto.codes[row]!] !== proto) return false;
  return (proto === "icmp" || proto === "icmp6" ? batch.orig_p[row] : batch.resp_p[row]) === port;
}
