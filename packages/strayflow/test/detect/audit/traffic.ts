import type { Batch } from "../../../src/zeek/batch.ts";
import { makeBatch, type SomeConnection } from "../../features/make-batch.ts";

/** 2025-02-27 14:00:00 UTC. */
export const afternoon = 1_740_664_800;

/** An answered conversation with data both ways. */
export function conversation(
  ts: number,
  from: string,
  to: string,
  port: number,
  more: SomeConnection = {},
): SomeConnection {
  return {
    ts,
    "id.orig_h": from,
    "id.orig_p": 40_000,
    "id.resp_h": to,
    "id.resp_p": port,
    proto: "tcp",
    duration: 0.2,
    conn_state: "SF",
    history: "ShADadFf",
    orig_bytes: 400 + (ts % 97),
    resp_bytes: 3000 + (ts % 89),
    orig_pkts: 6,
    resp_pkts: 7,
    local_orig: from.startsWith("10."),
    local_resp: to.startsWith("10."),
    ...more,
  };
}

/** A try that nobody answered. */
export function inVain(
  ts: number,
  from: string,
  to: string,
  port: number,
  more: SomeConnection = {},
): SomeConnection {
  return conversation(ts, from, to, port, {
    duration: 0,
    conn_state: "S0",
    history: "S",
    orig_bytes: 0,
    resp_bytes: 0,
    orig_pkts: 1,
    resp_pkts: 0,
    ...more,
  });
}

/** Some hosts that talk to a few servers, and now and then to one that is not there. */
export function ordinaryTraffic(from: number, seconds: number, hosts = 20): SomeConnection[] {
  const rows: SomeConnection[] = [];
  for (let host = 0; host < hosts; host++) {
    const name = `10.0.0.${50 + host}`;
    for (let ts = from + host; ts < from + seconds; ts += 40 + host) {
      rows.push(conversation(ts, name, `93.184.${host % 3}.${1 + (Math.floor(ts) % 7)}`, 443));
      if (Math.floor(ts) % 11 === 0)
        rows.push(inVain(ts + 1, name, `93.184.9.${1 + (Math.floor(ts) % 20)}`, 443));
    }
  }
  return rows;
}

/** Rows in the order of their ends, as batches of some size, for `auditRows`. */
export function replayable(
  rows: readonly SomeConnection[],
  batchRows = 1000,
): { rows: number; replay(): AsyncIterable<Batch> } {
  const sorted = rows.toSorted((a, b) => a.ts! + (a.duration ?? 0) - b.ts! - (b.duration ?? 0));
  return {
    rows: rows.length,
    async *replay() {
      for (let at = 0; at < sorted.length; at += batchRows) yield makeBatch(sorted.slice(at, at + batchRows));
    },
  };
}
