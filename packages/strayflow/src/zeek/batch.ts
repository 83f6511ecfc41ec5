/**
 * The conn.log columns that the program understands, as Zeek spells them. Any other column of a log is kept in the row's
 * text and shown with it, but is not parsed.
 */
export const zeekColumns = [
  "ts",
  "uid",
  "id.orig_h",
  "id.orig_p",
  "id.resp_h",
  "id.resp_p",
  "proto",
  "service",
  "duration",
  "orig_bytes",
  "resp_bytes",
  "conn_state",
  "local_orig",
  "local_resp",
  "missed_bytes",
  "history",
  "orig_pkts",
  "orig_ip_bytes",
  "resp_pkts",
  "resp_ip_bytes",
  "tunnel_parents",
  "ip_proto",
  "label",
  "detailedlabel",
] as const;

export type ZeekColumn = (typeof zeekColumns)[number];

/**
 * A column of few distinct strings: `values[codes[row]]`, in order of first appearance in the batch. Code 0 is always
 * unset (`values[0]` is ""); an empty set or string counts as unset.
 */
export interface TextColumn {
  readonly codes: Uint16Array;
  readonly values: readonly string[];
}

/** A column of mostly distinct strings, as byte ranges of `Batch.text`; start equals end where it is unset. */
export interface SpanColumn {
  readonly start: Uint32Array;
  readonly end: Uint32Array;
}

/** Values of the boolean columns `local_orig` and `local_resp`. */
export const UNSET_BOOLEAN = 2;

/**
 * Some thousands of connections as columns (struct of arrays), in file order, never across two files or two headers.
 * Whoever receives a batch owns it. Numbers that the log does not state are NaN, never 0.
 */
export interface Batch {
  readonly rows: number;
  readonly source: BatchSource;
  /** The bytes that the rows were read from. */
  readonly text: Uint8Array;
  /** Byte ranges of each row in `text`, without the line end. */
  readonly lineStart: Uint32Array;
  readonly lineEnd: Uint32Array;
  /** Line numbers in the (decompressed) file, from 1. */
  readonly lineNumber: Uint32Array;

  /** Start of the connection, seconds since 1970, exact to the microsecond. Never NaN: rows without it are rejected. */
  readonly ts: Float64Array;
  /** Seconds. */
  readonly duration: Float64Array;
  readonly orig_bytes: Float64Array;
  readonly resp_bytes: Float64Array;
  readonly missed_bytes: Float64Array;
  readonly orig_pkts: Float64Array;
  readonly orig_ip_bytes: Float64Array;
  readonly resp_pkts: Float64Array;
  readonly resp_ip_bytes: Float64Array;
  /** IANA protocol number. */
  readonly ip_proto: Float64Array;

  /** Four big-endian 32-bit words a row; IPv4 as ::ffff:a.b.c.d. Never unset: rows without addresses are rejected. */
  readonly orig_h: Uint32Array;
  readonly resp_h: Uint32Array;
  /** 0 to 65535; for ICMP the type (orig_p) and code (resp_p), as Zeek writes them. */
  readonly orig_p: Uint16Array;
  readonly resp_p: Uint16Array;

  /** 0 false, 1 true, 2 unset. */
  readonly local_orig: Uint8Array;
  readonly local_resp: Uint8Array;

  readonly proto: TextColumn;
  /** As logged; sets joined by commas in the log's own order. */
  readonly service: TextColumn;
  readonly conn_state: TextColumn;
  readonly history: TextColumn;
  readonly label: TextColumn;
  readonly detailedlabel: TextColumn;
  readonly uid: SpanColumn;
}

/** Where a batch comes from, and how to read one of its rows again in full. */
export interface BatchSource {
  /** Path as the user gave or as it was found; `-` for standard input. */
  readonly file: string;
  readonly layout: RowLayout;
}

/** How the rows of `Batch.text` are written. */
export type RowLayout =
  | {
      readonly kind: "tsv";
      readonly separator: string;
      readonly setSeparator: string;
      readonly emptyField: string;
      readonly unsetField: string;
      readonly fields: readonly string[];
      readonly types: readonly string[];
    }
  | { readonly kind: "json" };
