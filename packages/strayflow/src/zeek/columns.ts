import { UNSET_BOOLEAN, zeekColumns, type Batch, type ZeekColumn } from "./batch.ts";

/** Spellings of the same column in logs of other writers; the left one is met, the right one is meant. */
const aliases: ReadonlyMap<string, ZeekColumn> = new Map([
  ["id_orig_h", "id.orig_h"],
  ["id_orig_p", "id.orig_p"],
  ["id_resp_h", "id.resp_h"],
  ["id_resp_p", "id.resp_p"],
  ["detailed-label", "detailedlabel"],
  ["detailed_label", "detailedlabel"],
  ["detailedLabel", "detailedlabel"],
]);

const known: ReadonlySet<string> = new Set(zeekColumns);

/** The columns without which a row is no connection. */
export const requiredColumns = [
  "ts",
  "id.orig_h",
  "id.orig_p",
  "id.resp_h",
  "id.resp_p",
  "proto",
] as const satisfies readonly ZeekColumn[];

/** The types that Zeek gives the columns, for logs that do not state them. */
export const zeekTypes: Readonly<Record<ZeekColumn, string>> = {
  ts: "time",
  uid: "string",
  "id.orig_h": "addr",
  "id.orig_p": "port",
  "id.resp_h": "addr",
  "id.resp_p": "port",
  proto: "enum",
  service: "string",
  duration: "interval",
  orig_bytes: "count",
  resp_bytes: "count",
  conn_state: "string",
  local_orig: "bool",
  local_resp: "bool",
  missed_bytes: "count",
  history: "string",
  orig_pkts: "count",
  orig_ip_bytes: "count",
  resp_pkts: "count",
  resp_ip_bytes: "count",
  tunnel_parents: "set[string]",
  ip_proto: "count",
  label: "string",
  detailedlabel: "string",
};

/** Zeek's spelling of a column that the program understands, or undefined for any other column. */
export function knownColumn(name: string): ZeekColumn | undefined {
  return known.has(name) ? (name as ZeekColumn) : aliases.get(name);
}

/** Zeek's spelling where the column has one, else the name itself. */
export function zeekSpelling(name: string): string {
  return knownColumn(name) ?? name;
}

/** Adds the columns in which some row of the batch has a value: what a log without a header says about its columns. */
export function addSeenColumns(columns: Set<string>, batch: Batch): void {
  for (const column of zeekColumns) if (!columns.has(column) && hasValues(batch, column)) columns.add(column);
}

function hasValues(batch: Batch, column: ZeekColumn): boolean {
  switch (column) {
    case "ts":
    case "id.orig_h":
    case "id.orig_p":
    case "id.resp_h":
    case "id.resp_p":
      return batch.rows > 0;
    case "uid":
      return batch.uid.end.some((end) => end > 0);
    case "proto":
    case "service":
    case "conn_state":
    case "history":
    case "label":
    case "detailedlabel":
      return batch[column].values.length > 1;
    case "local_orig":
    case "local_resp":
      return batch[column].some((value) => value !== UNSET_BOOLEAN);
    case "tunnel_parents":
      return false;
    default:
      return batch[column].some((value) => !Number.isNaN(value));
  }
}
