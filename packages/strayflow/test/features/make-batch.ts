import { UNSET_BOOLEAN } from "../../src/zeek/batch.ts";
import type { Batch, TextColumn } from "../../src/zeek/batch.ts";

/** One connection as a test writes it; what is absent is unset in the log. */
export interface ConnectionRow {
  readonly ts: number;
  readonly uid: string;
  readonly "id.orig_h": string;
  readonly "id.orig_p": number;
  readonly "id.resp_h": string;
  readonly "id.resp_p": number;
  readonly proto: string;
  readonly service: string;
  readonly duration: number;
  readonly orig_bytes: number;
  readonly resp_bytes: number;
  readonly conn_state: string;
  readonly local_orig: boolean;
  readonly local_resp: boolean;
  readonly missed_bytes: number;
  readonly history: string;
  readonly orig_pkts: number;
  readonly orig_ip_bytes: number;
  readonly resp_pkts: number;
  readonly resp_ip_bytes: number;
  readonly ip_proto: number;
  readonly label: string;
  readonly detailedlabel: string;
}

export type SomeConnection = Partial<ConnectionRow>;

/**
 * A batch of the given rows, as the reader would make it. Unset addresses become 10.0.0.1 and 10.0.0.2, unset ports and
 * times 0. `text` holds the uids only, so no row can be read again in full.
 */
export function makeBatch(rows: readonly SomeConnection[]): Batch {
  const numbers = (of: (row: SomeConnection) => number | undefined) =>
    Float64Array.from(rows, (row) => of(row) ?? NaN);
  const flags = (of: (row: SomeConnection) => boolean | undefined) =>
    Uint8Array.from(rows, (row) => {
      const value = of(row);
      return value === undefined ? UNSET_BOOLEAN : value ? 1 : 0;
    });
  const encoder = new TextEncoder();
  const uids = rows.map((row) => encoder.encode(row.uid ?? ""));
  const start = new Uint32Array(rows.length);
  const end = new Uint32Array(rows.length);
  const text = new Uint8Array(uids.reduce((sum, uid) => sum + uid.length, 0));
  let at = 0;
  uids.forEach((uid, row) => {
    text.set(uid, at);
    start[row] = at;
    end[row] = at += uid.length;
  });
  return {
    rows: rows.length,
    source: { file: "test", layout: { kind: "json" } },
    text,
    lineStart: start,
    lineEnd: end,
    lineNumber: Uint32Array.from(rows, (_, row) => row + 1),
    ts: Float64Array.from(rows, (row) => row.ts ?? 0),
    duration: numbers((row) => row.duration),
    orig_bytes: numbers((row) => row.orig_bytes),
    resp_bytes: numbers((row) => row.resp_bytes),
    missed_bytes: numbers((row) => row.missed_bytes),
    orig_pkts: numbers((row) => row.orig_pkts),
    orig_ip_bytes: numbers((row) => row.orig_ip_bytes),
    resp_pkts: numbers((row) => row.resp_pkts),
    resp_ip_bytes: numbers((row) => row.resp_ip_bytes),
    ip_proto: numbers((row) => row.ip_proto),
    orig_h: addresses(rows.map((row) => row["id.orig_h"] ?? "10.0.0.1")),
    resp_h: addresses(rows.map((row) => row["id.resp_h"] ?? "10.0.0.2")),
    orig_p: Uint16Array.from(rows, (row) => row["id.orig_p"] ?? 0),
    resp_p: Uint16Array.from(rows, (row) => row["id.resp_p"] ?? 0),
    local_orig: flags((row) => row.local_orig),
    local_resp: flags((row) => row.local_resp),
    proto: texts(rows.map((row) => row.proto)),
    service: texts(rows.map((row) => row.service)),
    conn_state: texts(rows.map((row) => row.conn_state)),
    history: texts(rows.map((row) => row.history)),
    label: texts(rows.map((row) => row.label)),
    detailedlabel: texts(rows.map((row) => row.detailedlabel)),
    uid: { start, end },
  };
}

function texts(values: readonly (string | undefined)[]): TextColumn {
  const codeOf = new Map([["", 0]]);
  const codes = Uint16Array.from(values, (value = "") => {
    if (!codeOf.has(value)) codeOf.set(value, codeOf.size);
    return codeOf.get(value)!;
  });
  return { codes, values: [...codeOf.keys()] };
}

function addresses(values: readonly string[]): Uint32Array {
  return Uint32Array.from(values.flatMap(wordsOf));
}

/** Slow and independent of the reader: IPv6 is expanded through the URL parser, which knows every spelling. */
function wordsOf(text: string): number[] {
  if (!text.includes(":")) {
    const octets = text.split(".").map(Number);
    return [0, 0, 0xffff, octets.reduce((word, octet) => word * 256 + octet, 0)];
  }
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = "", tail] = short.split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = (tail ?? "").split(":").filter((group) => group !== "");
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0"), ...right];
  return [0, 2, 4, 6].map((i) => parseInt(groups[i]!, 16) * 65_536 + parseInt(groups[i + 1]!, 16));
}
