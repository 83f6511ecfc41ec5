/** Time in whole microseconds since 1970 (UTC), or a span of it: exact up to the year 2255. */
export type Micros = number;

export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;

/** Zeek's summary of how a connection went: https://docs.zeek.org, `Conn::Info$conn_state`. */
export type ConnectionState =
  | "S0"
  | "S1"
  | "S2"
  | "S3"
  | "SF"
  | "REJ"
  | "RSTO"
  | "RSTR"
  | "RSTOS0"
  | "RSTRH"
  | "SH"
  | "SHR"
  | "OTH";

/** What a sensor sees of one connection, before it has given it a uid. Names as in conn.log; undefined is unset. */
export interface Flow {
  readonly startMicros: Micros;
  /** Undefined where all packets have one time: then Zeek states neither duration nor payload bytes. */
  readonly durationMicros: Micros | undefined;
  readonly orig_h: string;
  readonly orig_p: number;
  readonly resp_h: string;
  readonly resp_p: number;
  readonly proto: "tcp" | "udp" | "icmp";
  /** IANA protocol number. */
  readonly ip_proto: number;
  readonly service: string | undefined;
  readonly orig_bytes: number | undefined;
  readonly resp_bytes: number | undefined;
  readonly conn_state: ConnectionState;
  readonly local_orig: boolean;
  readonly local_resp: boolean;
  readonly missed_bytes: number;
  readonly history: string | undefined;
  readonly orig_pkts: number;
  readonly orig_ip_bytes: number;
  readonly resp_pkts: number;
  readonly resp_ip_bytes: number;
}

/** Where a connection comes from: the network's own life, the internet's constant noise, or a planted attack. */
export type Origin =
  | { readonly kind: "benign" }
  | { readonly kind: "background" }
  | { readonly kind: "attack"; readonly attack: string; readonly id: number };

/** One row of conn.log with its truth. */
export interface SimulatedConnection extends Flow {
  readonly uid: string;
  readonly origin: Origin;
}

/** When Zeek writes the row, as far as the log tells: the order of the rows in a file. */
export function endMicros(flow: Flow): Micros {
  return flow.startMicros + (flow.durationMicros ?? 0);
}

/** The flow as a row of the log. */
export function logged(flow: Flow, uid: string, origin: Origin): SimulatedConnection {
  // Spelled out: a spread of twenty fields takes longer than all else that happens to a row.
  return {
    startMicros: flow.startMicros,
    durationMicros: flow.durationMicros,
    orig_h: flow.orig_h,
    orig_p: flow.orig_p,
    resp_h: flow.resp_h,
    resp_p: flow.resp_p,
    proto: flow.proto,
    ip_proto: flow.ip_proto,
    service: flow.service,
    orig_bytes: flow.orig_bytes,
    resp_bytes: flow.resp_bytes,
    conn_state: flow.conn_state,
    local_orig: flow.local_orig,
    local_resp: flow.local_resp,
    missed_bytes: flow.missed_bytes,
    history: flow.history,
    orig_pkts: flow.orig_pkts,
    orig_ip_bytes: flow.orig_ip_bytes,
    resp_pkts: flow.resp_pkts,
    resp_ip_bytes: flow.resp_ip_bytes,
    uid,
    origin,
  };
}

/** Order of the rows in a log: by end, then by start. */
export function byEnd(a: Flow, b: Flow): number {
  return endMicros(a) - endMicros(b) || a.startMicros - b.startMicros;
}
