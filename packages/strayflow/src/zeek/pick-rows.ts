import type { Batch, SpanColumn, TextColumn } from "./batch.ts";

/**
 * The rows of a batch with `keep[row] === 1`, in their order, as a new batch that shares the bytes of the old one; the
 * batch itself where that is all of them.
 */
export function pickRows(batch: Batch, keep: Uint8Array): Batch {
  let rows = 0;
  for (let row = 0; row < batch.rows; row++) rows += keep[row]!;
  if (rows === batch.rows) return batch;
  const from = new Uint32Array(rows);
  for (let row = 0, at = 0; row < batch.rows; row++) if (keep[row] === 1) from[at++] = row;

  const numbers = (column: Float64Array) => Float64Array.from(from, (row) => column[row]!);
  const places = (column: Uint32Array) => Uint32Array.from(from, (row) => column[row]!);
  const ports = (column: Uint16Array) => Uint16Array.from(from, (row) => column[row]!);
  const flags = (column: Uint8Array) => Uint8Array.from(from, (row) => column[row]!);
  const spans = ({ start, end }: SpanColumn): SpanColumn => ({ start: places(start), end: places(end) });
  return {
    rows,
    source: batch.source,
    text: batch.text,
    lineStart: places(batch.lineStart),
    lineEnd: places(batch.lineEnd),
    lineNumber: places(batch.lineNumber),
    ts: numbers(batch.ts),
    duration: numbers(batch.duration),
    orig_bytes: numbers(batch.orig_bytes),
    resp_bytes: numbers(batch.resp_bytes),
    missed_bytes: numbers(batch.missed_bytes),
    orig_pkts: numbers(batch.orig_pkts),
    orig_ip_bytes: numbers(batch.orig_ip_bytes),
    resp_pkts: numbers(batch.resp_pkts),
    resp_ip_bytes: numbers(batch.resp_ip_bytes),
    ip_proto: numbers(batch.ip_proto),
    orig_h: addresses(batch.orig_h, from),
    resp_h: addresses(batch.resp_h, from),
    orig_p: ports(batch.orig_p),
    resp_p: ports(batch.resp_p),
    local_orig: flags(batch.local_orig),
    local_resp: flags(batch.local_resp),
    proto: texts(batch.proto, from),
    service: texts(batch.service, from),
    conn_state: texts(batch.conn_state, from),
    history: texts(batch.history, from),
    label: texts(batch.label, from),
    detailedlabel: texts(batch.detailedlabel, from),
    uid: spans(batch.uid),
  };
}

function addresses(words: Uint32Array, from: Uint32Array): Uint32Array {
  const out = new Uint32Array(4 * from.length);
  for (let i = 0; i < from.length; i++) out.set(words.subarray(4 * from[i]!, 4 * from[i]! + 4), 4 * i);
  return out;
}

/** Only the strings that are left, in order of first appearance, as if the other rows had never been read. */
function texts({ codes, values }: TextColumn, from: Uint32Array): TextColumn {
  const codeOf = new Int32Array(values.length).fill(-1);
  const kept = [values[0]!];
  codeOf[0] = 0;
  const out = new Uint16Array(from.length);
  for (let i = 0; i < from.length; i++) {
    const old = codes[from[i]!]!;
    if (codeOf[old] === -1) codeOf[old] = kept.push(values[old]!) - 1;
    out[i] = codeOf[old]!;
  }
  return { codes: out, values: kept };
}
