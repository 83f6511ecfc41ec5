import type { SimulatedConnection } from "../connection.ts";
import type { LineBuffer } from "./line-buffer.ts";
import { labelOf } from "./rows.ts";

/** Appends what `tsvRow` gives, without making strings: most of a simulation's time would go into them. */
export function appendTsvRow(out: LineBuffer, row: SimulatedConnection, labels: boolean): void {
  out.secondsField(row.startMicros);
  out.textField(row.uid);
  out.textField(row.orig_h);
  out.countField(row.orig_p);
  out.textField(row.resp_h);
  out.countField(row.resp_p);
  out.textField(row.proto);
  out.textField(row.service ?? "-");
  if (row.durationMicros === undefined) out.text("-\t-\t-\t");
  else {
    out.secondsField(row.durationMicros);
    out.countField(row.orig_bytes ?? 0);
    out.countField(row.resp_bytes ?? 0);
  }
  out.textField(row.conn_state);
  out.text(row.local_orig ? "T\t" : "F\t");
  out.text(row.local_resp ? "T\t" : "F\t");
  out.countField(row.missed_bytes);
  out.textField(row.history ?? "-");
  out.countField(row.orig_pkts);
  out.countField(row.orig_ip_bytes);
  out.countField(row.resp_pkts);
  out.countField(row.resp_ip_bytes);
  out.text("-\t");
  out.count(row.ip_proto);
  if (labels) {
    out.text("\t");
    out.textField(labelOf(row.origin));
    out.text(row.origin.kind === "attack" ? row.origin.attack : "-");
  }
  out.text("\n");
}
