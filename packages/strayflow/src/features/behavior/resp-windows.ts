import { share } from "../explain.ts";
import { DampedSums } from "./damped-sums.ts";
import { DistinctWindows } from "./distinct-windows.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { aDay, steadySeconds } from "./half-life.ts";
import { FAILED, UNANSWERED } from "./rows.ts";
import { slotDoubles } from "./slot-array.ts";
import { WindowSums } from "./window-sums.ts";
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
    const conns = new WindowSums(rows, "responder", ["1m", "5m"], 1);
    /** Unanswered, failed, bytes received, bytes sent. */
    const last5m = new WindowSums(rows, "responder", ["5m"], 4);
    const origins = new DistinctWindows(rows, "responder", ["1m", "5m"]);
    const ports = new DistinctWindows(rows, "responder", ["5m"]);
    const daily = new DampedSums(rows, "responder", aDay, 1);
    const firstSeen = slotDoubles("responder", 1);
    const stores = [...[conns, last5m, origins, ports, daily].flatMap((part) => part.stores), firstSeen];
    return {
      stores,
      logs: [0, 1, 2, 3, 4, 7, 8, 9],
      fill(out, width, at) {
        const { responder } = rows.slots;
        const { originatorHash, serviceHash, outcome, sent, received, time } = rows;
        const countOfDay = daily.sums.data;
        const first = firstSeen.data;
        for (let row = 0; row < rows.rows; row++) {
          let slot = responder[row]!;
          const now = time[row]!;
          if (slot < 0) {
            clearSlot(stores, (slot = ~slot));
            first[slot] = now;
          }
          const to = row * width + at;
          conns.roll(slot, row);
          last5m.roll(slot, row);
          origins.roll(slot, row);
          ports.roll(slot, row);
          daily.fade(slot, row);

          const seen1m = 1 + conns.value(slot, row, 0, 0);
          const seen5m = conns.value(slot, row, 1, 0);
          const perMinute = (countOfDay[slot]! * 60) / steadySeconds(aDay, now - first[slot]!, 60);
          out[to] = seen1m;
          out[to + 1] = 1 + seen5m;
          origins.put(out, to + 2, slot, row, 0);
          origins.put(out, to + 3, slot, row, 1);
          ports.put(out, to + 4, slot, row, 0);
          out[to + 5] = last5m.value(slot, row, 0, 0) / (seen5m + PRIOR);
          out[to + 6] = last5m.value(slot, row, 0, 1) / (seen5m + PRIOR);
          last5m.put(out, to + 7, slot, row, 0, 2);
          last5m.put(out, to + 8, slot, row, 0, 3);
          out[to + 9] = seen1m / (1 + perMinute);

          conns.count(slot, 0);
          if ((outcome[row]! & UNANSWERED) !== 0) last5m.count(slot, 0);
          if ((outcome[row]! & FAILED) !== 0) last5m.count(slot, 1);
          last5m.add(slot, 2, sent, row);
          last5m.add(slot, 3, received, row);
          origins.add(slot, originatorHash[row]!);
          ports.add(slot, serviceHash[row]!);
          countOfDay[slot]! += 1;
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Connections that are taken to have succeeded beside those seen. */
const PRIOR = 2;
