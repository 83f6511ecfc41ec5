import { zeekSpelling } from "./columns.ts";

/** How a value of a JSON row is read. */
export const SKIP = 0;
export const TIME = 1;
export const INTERVAL = 2;
export const COUNT = 3;
export const PORT = 4;
export const ADDRESS = 5;
export const BOOLEAN = 6;
export const TEXT = 7;
export const UID = 8;
/** A value that names the kind of log that the row belongs to. */
export const LOG_NAME = 9;
/** As `LOG_NAME`, under a name that other tools use for other things too. */
export const WEAK_LOG_NAME = 10;
/** A value under a name that only rows of other logs have. */
export const FOREIGN = 11;

/** One thing that a JSON row may hold: how it is read, and where it goes. */
export interface JsonField {
  readonly kind: number;
  /** The batch's column; for `ADDRESS` and `PORT` without the `id.`. "" for what has no column. */
  readonly column: string;
  /** As Zeek spells it, for rejects. */
  readonly name: string;
  /** This field's bit in the sets of fields that a row keeps. 0 for what is skipped. */
  readonly bit: number;
}

/**
 * The fields in the order in which a fault is reported where a row has several. Field 0 stands for everything that is
 * skipped.
 */
export const jsonFields: readonly JsonField[] = [
  { kind: SKIP, column: "", name: "", bit: 0 },
  field(1, TIME, "ts"),
  field(2, UID, "uid"),
  field(3, ADDRESS, "orig_h", "id.orig_h"),
  field(4, PORT, "orig_p", "id.orig_p"),
  field(5, ADDRESS, "resp_h", "id.resp_h"),
  field(6, PORT, "resp_p", "id.resp_p"),
  field(7, TEXT, "proto"),
  field(8, TEXT, "service"),
  field(9, INTERVAL, "duration"),
  field(10, COUNT, "orig_bytes"),
  field(11, COUNT, "resp_bytes"),
  field(12, TEXT, "conn_state"),
  field(13, BOOLEAN, "local_orig"),
  field(14, BOOLEAN, "local_resp"),
  field(15, COUNT, "missed_bytes"),
  field(16, TEXT, "history"),
  field(17, COUNT, "orig_pkts"),
  field(18, COUNT, "orig_ip_bytes"),
  field(19, COUNT, "resp_pkts"),
  field(20, COUNT, "resp_ip_bytes"),
  field(21, COUNT, "ip_proto"),
  field(22, TEXT, "label"),
  field(23, TEXT, "detailedlabel"),
  field(24, LOG_NAME, "_path"),
  field(25, WEAK_LOG_NAME, "path"),
  field(26, FOREIGN, ""),
];

export const TS_FIELD = 1;
export const ORIG_H_FIELD = 3;
export const ORIG_P_FIELD = 4;
export const RESP_H_FIELD = 5;
const RESP_P_FIELD = 6;
export const PROTO_FIELD = 7;
const FOREIGN_FIELD = 26;

/** The fields without which a row is no connection. */
export const REQUIRED_BITS =
  (1 << TS_FIELD) |
  (1 << ORIG_H_FIELD) |
  (1 << ORIG_P_FIELD) |
  (1 << RESP_H_FIELD) |
  (1 << RESP_P_FIELD) |
  (1 << PROTO_FIELD);
/** Fields that only rows of conn.log have: both byte counts, conn_state, missed_bytes, history, the packet counts. */
export const CONN_ONLY_BITS =
  (1 << 10) | (1 << 11) | (1 << 12) | (1 << 15) | (1 << 16) | (1 << 17) | (1 << 18) | (1 << 19) | (1 << 20);
export const WEAK_LOG_NAME_BIT = 1 << 25;
export const FOREIGN_BIT = 1 << 26;

/** The name of the log whose rows are connections. */
export const CONN_LOG_NAME = "conn";
/**
 * Logs whose rows are connections that are still open. In a stream that also holds conn.log, they would be counted
 * twice.
 */
export const OPEN_CONN_LOG_NAMES: ReadonlySet<string> = new Set(["conn_long", "open_conn"]);

/**
 * Fields by key: the columns in every spelling that is known, and the keys that name the log in a mixed stream
 * (Corelight `_path`, RockNSM `@stream`). A key that is not here is skipped.
 */
export function jsonFieldOfKey(): (key: string) => number {
  const fields = new Map<string, number>();
  jsonFields.forEach((f, index) => {
    if (f.name !== "") fields.set(f.name, index);
  });
  for (const key of ["_log_type", "@stream"]) fields.set(key, fields.get("_path")!);
  for (const key of foreignKeys) fields.set(key, FOREIGN_FIELD);
  return (key) => fields.get(zeekSpelling(key)) ?? 0;
}

/**
 * Keys of other Zeek logs that no conn.log has. A row that has one of them, no field that only conn.log has, and no
 * name of its log is a row of another log, and not a connection without its counts (dns.log too has ts, id and proto).
 */
const foreignKeys = `
  trans_id query qtype rcode rtt method uri host user_agent status_code server_name cipher ja3
  validation_status note msg actions analyzer failure_reason packet_segment name notice peer facility
  severity message fuid mime_type certificate.serial fingerprint machine client_addr msg_types
  software_type unparsed_version auth_success auth_attempts named_pipe operation share_type action
  request_type stratum trans_depth tunnel_type community cookie nick command func fc_request call_id
  username ts_delta level dns http ssl files x509 weird ssh smtp ftp dhcp ntp smb_files
`
  .trim()
  .split(/\s+/);

function field(index: number, kind: number, column: string, name = column): JsonField {
  return { kind, column, name, bit: 1 << index };
}
