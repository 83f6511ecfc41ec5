/** Columns of numbers, as Zeek spells them, plus those that are made of them (`madeColumns`) and of scoring. */
export const numberColumns = [
  "ts",
  "duration",
  "orig_bytes",
  "resp_bytes",
  "missed_bytes",
  "orig_pkts",
  "orig_ip_bytes",
  "resp_pkts",
  "resp_ip_bytes",
  "ip_proto",
  "id.orig_p",
  "id.resp_p",
  "p_value",
  "score",
] as const;

/**
 * Numbers that are computed when they are asked for. `sent_*` and `received_*` are seen from the host of a key
 * `{ kind: "host", side: "either" }`, otherwise from the originator.
 */
export const madeColumns = [
  "end",
  "total_bytes",
  "total_ip_bytes",
  "total_pkts",
  "sent_bytes",
  "received_bytes",
  "sent_ip_bytes",
  "received_ip_bytes",
  "sent_pkts",
  "received_pkts",
] as const;

/** Columns of text. `uid`, `label` and `detailedlabel` are unset in a store that was not told to keep them. */
export const textColumns = [
  "proto",
  "service",
  "conn_state",
  "history",
  "label",
  "detailedlabel",
  "uid",
] as const;

export const addressColumns = ["id.orig_h", "id.resp_h"] as const;

export const booleanColumns = ["local_orig", "local_resp", "flagged"] as const;

export type NumberColumn = (typeof numberColumns)[number] | (typeof madeColumns)[number];
export type TextColumn = (typeof textColumns)[number];
export type BooleanColumn = (typeof booleanColumns)[number];

/** Every column that can be grouped by, counted or profiled, but for addresses, which are keys of their own. */
export type StoreColumn = NumberColumn | TextColumn | BooleanColumn;
export type AddressColumn = (typeof addressColumns)[number];
