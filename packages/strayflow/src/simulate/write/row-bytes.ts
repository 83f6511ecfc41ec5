import type { SimulatedConnection } from "../connection.ts";
import type { LineBuffer } from "./line-buffer.ts";
import { labelOf } from "./rows.ts";

/** Appends what `tsvRow` gives, without making strings: most of a simulation's time would go into them. */
export function appendTsvRow(out: LineBuffer, row: SimulatedConnection, labels: boolean): void {
  out.seconds(row.startMicros);
  out.tab();
  out.text(row.uid);
  out.tab();
  out.text(row.orig_h);
  out.tab();
  out.count(row.orig_p);
  out.tab();
  out.text(row.resp_h);
  out.tab();
  out.count(row.resp_p);
  out.tab();
  out.text(row.proto);
  out.tab();
  out.text(row.service ?? "-");
  out.tab();
  if (row.durationMicros === undefined) out.text("-\t-\t-\t");
  else {
    out.seconds(row.durationMicros);
    out.tab();
    out.count(row.orig_bytes ?? 0);
    out.tab();
    out.count(row.resp_bytes ?? 0);
    out.tab();
  }
  out.text(row.conn_state);
  out.text(row.local_orig ? "\tT\t" : "\tF\t");
  out.text(row.local_resp ? "T\t" : "F\t");
  out.count(row.missed_bytes);
  out.tab();
  out.text(row.history ?? "-");
  out.tab();
  out.count(row.orig_pkts);
  out.tab();
  out.count(row.orig_ip_bytes);
  out.tab();
  out.count(row.resp_pkts);
  out.tab();
  out.count(row.resp_ip_bytes);
  out.text("\t-\t");
  out.count(row.ip_proto);
  if (labels) {
    out.tab();
    out.text(labelOf(row.origin));
    out.tab();
    out.text(row.origin.kind === "attack" ? row.origin.attack : "-");
  }
  out.text("\n");
}
