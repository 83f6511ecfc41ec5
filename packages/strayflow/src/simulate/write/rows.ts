import type { Micros, Origin, SimulatedConnection } from "../connection.ts";

export type LogFormat = "tsv" | "json";

/** The columns of conn.log as Zeek 7.1 and later write them, with their types. */
export const connColumns = [
  ["ts", "time"],
  ["uid", "string"],
  ["id.orig_h", "addr"],
  ["id.orig_p", "port"],
  ["id.resp_h", "addr"],
  ["id.resp_p", "port"],
  ["proto", "enum"],
  ["service", "string"],
  ["duration", "interval"],
  ["orig_bytes", "count"],
  ["resp_bytes", "count"],
  ["conn_state", "string"],
  ["local_orig", "bool"],
  ["local_resp", "bool"],
  ["missed_bytes", "count"],
  ["history", "string"],
  ["orig_pkts", "count"],
  ["orig_ip_bytes", "count"],
  ["resp_pkts", "count"],
  ["resp_ip_bytes", "count"],
  ["tunnel_parents", "set[string]"],
  ["ip_proto", "count"],
] as const;

/** The two columns that labelled logs have besides. */
export const labelColumns = [
  ["label", "string"],
  ["detailedlabel", "string"],
] as const;

/** `Benign`, `Background` (the internet's own noise) or `Malicious`, as the Stratosphere Laboratory labels its logs. */
export function labelOf(origin: Origin): string {
  return origin.kind === "attack" ? "Malicious" : origin.kind === "background" ? "Background" : "Benign";
}

/** One line of a TSV log, with its line end. */
export function tsvRow(row: SimulatedConnection, labels: boolean): string {
  const line =
    seconds(row.startMicros) + "\t" + row.uid + "\t" + row.orig_h + "\t" + row.orig_p + "\t" + row.resp_h + "\t" +
    row.resp_p + "\t" + row.proto + "\t" + (row.service ?? "-") + "\t" +
    (row.durationMicros === undefined ? "-" : seconds(row.durationMicros)) + "\t" + (row.orig_bytes ?? "-") + "\t" +
    (row.resp_bytes ?? "-") + "\t" + row.conn_state + "\t" + (row.local_orig ? "T" : "F") + "\t" +
    (row.local_resp ? "T" : "F") + "\t" + row.missed_bytes + "\t" + (row.history ?? "-") + "\t" + row.orig_pkts + "\t" +
    row.orig_ip_bytes + "\t" + row.resp_pkts + "\t" + row.resp_ip_bytes + "\t-\t" + row.ip_proto; // prettier-ignore
  if (!labels) return line + "\n";
  return (
    line + "\t" + labelOf(row.origin) + "\t" + (row.origin.kind === "attack" ? row.origin.attack : "-") + "\n"
  );
}

/** One line of a JSON log, with its line end; what is unset is left out, as Zeek does. */
export function jsonRow(row: SimulatedConnection, labels: boolean): string {
  let line = `{"ts":${seconds(row.startMicros)},"uid":"${row.uid}","id.orig_h":"${row.orig_h}","id.orig_p":${row.orig_p},"id.resp_h":"${row.resp_h}","id.resp_p":${row.resp_p},"proto":"${row.proto}"`;
  if (row.service !== undefined) line += `,"service":"${row.service}"`;
  if (row.durationMicros !== undefined) line += `,"duration":${seconds(row.durationMicros)}`;
  if (row.orig_bytes !== undefined) line += `,"orig_bytes":${row.orig_bytes}`;
  if (row.resp_bytes !== undefined) line += `,"resp_bytes":${row.resp_bytes}`;
  line += `,"conn_state":"${row.conn_state}","local_orig":${row.local_orig},"local_resp":${row.local_resp},"missed_bytes":${row.missed_bytes}`;
  if (row.history !== undefined) line += `,"history":"${row.history}"`;
  line += `,"orig_pkts":${row.orig_pkts},"orig_ip_bytes":${row.orig_ip_bytes},"resp_pkts":${row.resp_pkts},"resp_ip_bytes":${row.resp_ip_bytes},"ip_proto":${row.ip_proto}`;
  if (labels) {
    line += `,"label":"${labelOf(row.origin)}"`;
    if (row.origin.kind === "attack") line += `,"detailedlabel":"${row.origin.attack}"`;
  }
  return line + "}\n";
}

/** What stands above the rows of a TSV log that was opened at this time. */
export function tsvHeader(openedAt: Micros, labels: boolean): string {
  const columns = labels ? [...connColumns, ...labelColumns] : connColumns;
  return [
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    "#path\tconn",
    `#open\t${stamp(openedAt)}`,
    `#fields\t${columns.map(([name]) => name).join("\t")}`,
    `#types\t${columns.map(([, type]) => type).join("\t")}`,
    "",
  ].join("\n");
}

/** The last line of a TSV log that was closed at this time. */
export function tsvFooter(closedAt: Micros): string {
  return `#close\t${stamp(closedAt)}\n`;
}

/** Seconds with six decimals: exact. */
function seconds(micros: Micros): string {
  const whole = Math.floor(micros / 1e6);
  return whole + "." + String(1_000_000 + (micros - whole * 1e6)).slice(1);
}

/** 2025-03-03-08-00-00, UTC. */
function stamp(at: Micros): string {
  return new Date(at / 1000).toISOString().slice(0, 19).replace(/[T:]/g, "-");
}
