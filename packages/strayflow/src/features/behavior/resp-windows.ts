import { share } from "../explain.ts";
import { DistinctCount } from "./distinct-count.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay } from "./half-life.ts";
import { Sums } from "./sums.ts";
import { logBytes, logCount, logRatio } from "./wording.ts";

const connections = ["connection", "connections"] as const;
const sources = ["host", "hosts"] as const;

/** What reaches the responder, from everywhere: floods, distributed scans, brute force from many sources. */
export const respWindows = {
  id: "resp_windows",
  side: "responder",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "conn_state", "orig_bytes", "resp_bytes"],
  entities: ["responder"],
  columns: {
    resp_conns_1m: logCount(
      "Connections to the responder in the last minute.",
      "the responder got",
      connections,
      "in 1 min",
    ),
    resp_conns_5m: logCount(
      "Connections to the responder in the last 5 minutes.",
      "the responder got",
      connections,
      "in 5 min",
    ),
    resp_sources_1m: logCount(
      "Distinct hosts that contacted the responder in the last minute.",
      "the responder was contacted by",
      sources,
      "in 1 min",
    ),
    resp_sources_5m: logCount(
      "Distinct hosts that contacted the responder in the last 5 minutes.",
      "the responder was contacted by",
      sources,
      "in 5 min",
    ),
    resp_ports_5m: logCount(
      "Distinct ports of the responder that were tried in the last 5 minutes.",
      "the responder was tried on",
      ["port", "ports"],
      "in 5 min",
    ),
    resp_unanswered_5m: share(
      "Share of the connections to the responder in the last 5 minutes that it did not answer (S0, SH, RSTOS0).",
      "of the connections to the responder in 5 min got no answer",
    ),
    resp_failed_5m: share(
      "Share of the connections to the responder in the last 5 minutes that got no answer, were refused or reset.",
      "of the connections to the responder in 5 min failed",
    ),
    resp_received_5m: logBytes(
      "Bytes sent to the responder in the last 5 minutes.",
      "the responder was sent",
      "in 5 min",
    ),
    resp_sent_5m: logBytes(
      "Bytes that the responder sent back in the last 5 minutes.",
      "the responder sent",
      "in 5 min",
    ),
    resp_burst: logRatio(
      "Connections to the responder in the last minute over its own mean of about a day.",
      "the responder got",
      "as many connections in 1 min as on its average day",
    ),
  },
  open(rows) {
    const host = rows.visits("responder");
    const conns1m = host.inWindow("1m");
    const conns5m = host.inWindow("5m");
    const connsOfDay = host.fading(aDay);
    const steady = host.steady(aDay);
    const sums = new Sums(host);
    const unanswered = sums.inWindow("5m", rows.amounts.unanswered);
    const failed = sums.inWindow("5m", rows.amounts.failed);
    const received = sums.inWindow("5m", rows.amounts.sentKnown);
    const sent = sums.inWindow("5m", rows.amounts.receivedKnown);
    const distinct = [
      new DistinctCount(host, "1m", rows.keys.originatorMark),
      new DistinctCount(host, "5m", rows.keys.originatorMark),
      new DistinctCount(host, "5m", rows.keys.serviceMark),
    ];
    return {
      logs: [0, 1, 2, 3, 4, 7, 8, 9],
      fill(out, width, at) {
        sums.update();
        for (let i = 0; i < distinct.length; i++) distinct[i]!.fill(out, width, at + 2 + i);
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          const seen1m = 1 + conns1m[row]!;
          const scale = 1 / (conns5m[row]! + PRIOR);
          const perMinute = (connsOfDay[row]! * 60) / Math.max(60, steady[row]!);
          out[to] = seen1m;
          out[to + 1] = 1 + conns5m[row]!;
          out[to + 5] = unanswered[row]! * scale;
          out[to + 6] = failed[row]! * scale;
          out[to + 7] = 1 + received[row]!;
          out[to + 8] = 1 + sent[row]!;
          out[to + 9] = seen1m / (1 + perMinute);
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Connections that are taken to have succeeded beside those seen. */
const PRIOR = 2;
