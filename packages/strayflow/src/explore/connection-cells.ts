import type { ConnectionRow, Evidence } from "./result.ts";

/** Columns of every table of single connections, and the cells of a row. */
export const connectionColumns: Evidence["columns"] = [
  { name: "ts", quantity: "time" },
  { name: "id.orig_h", quantity: "code" },
  { name: "id.resp_h", quantity: "code" },
  { name: "id.resp_p", quantity: "port" },
  { name: "proto", quantity: "code" },
  { name: "service", quantity: "code" },
  { name: "conn_state", quantity: "code" },
  { name: "duration", quantity: "seconds" },
  { name: "orig_bytes", quantity: "bytes" },
  { name: "resp_bytes", quantity: "bytes" },
  { name: "history", quantity: "code" },
  { name: "uid", quantity: "code" },
];

export function connectionCells(row: ConnectionRow): (string | number | null)[] {
  return [
    row.ts,
    row.originator,
    row.responder,
    row.responderPort,
    row.proto,
    row.service,
    row.state,
    row.duration,
    row.sentBytes,
    row.receivedBytes,
    row.history,
    row.uid,
  ];
}
