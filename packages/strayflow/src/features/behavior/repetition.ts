import { share } from "../explain.ts";
import type { MatrixData } from "../family.ts";
import { DampedSums } from "./damped-sums.ts";
import { clearSlot } from "./family.ts";
import type { BehaviorFamily } from "./family.ts";
import { tenMinutes } from "./half-life.ts";
import { slotDoubles } from "./slot-array.ts";
import { WindowSums } from "./window-sums.ts";
import { logCount } from "./wording.ts";

const connections = ["connection", "connections"] as const;

/** The same again: one port of one host over and over, with payloads of one size. Brute force, floods, beacons. */
export const repetition = {
  id: "repetition",
  side: "pair",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "orig_bytes"],
  entities: ["originator", "target"],
  columns: {
    target_conns_1m: logCount(
      "Connections by the originator to this port of this host in the last minute.",
      "opened",
      connections,
      "to this port of this host in 1 min",
    ),
    target_conns_5m: logCount(
      "Connections by the originator to this port of this host in the last 5 minutes.",
      "opened",
      connections,
      "to this port of this host in 5 min",
    ),
    target_share_5m: share(
      "Share of the originator's connections in the last 5 minutes that went to this port of this host.",
      "of its connections in 5 min went to this port of this host",
    ),
    target_same_size: share(
      "Share of the connections to this port of this host that sent exactly as much as the one before, half-life 10 minutes.",
      "of its connections to this port of this host sent as much as the one before",
    ),
    orig_same_size: share(
      "Share of the originator's connections that sent exactly as much as its one before, half-life 10 minutes.",
      "of its connections sent as much as the one before",
    ),
  },
  open(rows) {
    const target = new WindowSums(rows, "target", ["1m", "5m"], 1);
    const own = new WindowSums(rows, "originator", ["5m"], 1);
    /** Connections; of them those that sent as much as the one before. */
    const targetRepeats = new DampedSums(rows, "target", tenMinutes, 2);
    const ownRepeats = new DampedSums(rows, "originator", tenMinutes, 2);
    /** 1 + the bytes that the last connection sent, -1 where it stated none; 0 before the first. */
    const targetLast = slotDoubles("target", 1);
    const ownLast = slotDoubles("originator", 1);
    const targetStores = [...target.stores, ...targetRepeats.stores, targetLast];
    const ownStores = [...own.stores, ...ownRepeats.stores, ownLast];
    return {
      stores: [...targetStores, ...ownStores],
      logs: [0, 1],
      fill(out, width, at) {
        const targets = rows.slots.target;
        const originators = rows.slots.originator;
        const { sent } = rows;
        for (let row = 0; row < rows.rows; row++) {
          let goal = targets[row]!;
          if (goal < 0) clearSlot(targetStores, (goal = ~goal));
          let slot = originators[row]!;
          if (slot < 0) clearSlot(ownStores, (slot = ~slot));
          const to = row * width + at;
          target.roll(goal, row);
          own.roll(slot, row);
          targetRepeats.fade(goal, row);
          ownRepeats.fade(slot, row);

          target.put(out, to, goal, row, 0, 0);
          target.put(out, to + 1, goal, row, 1, 0);
          out[to + 2] = target.value(goal, row, 1, 0) / (own.value(slot, row, 0, 0) + PRIOR);
          countRepeat(out, to + 3, targetRepeats.sums.data, targetLast.data, goal, sent, row);
          countRepeat(out, to + 4, ownRepeats.sums.data, ownLast.data, slot, sent, row);

          target.count(goal, 0);
          own.count(slot, 0);
        }
      },
    };
  },
} as const satisfies BehaviorFamily;

/** Writes the share of repeats so far, then counts the row. A connection that states no size repeats another such one. */
function countRepeat(
  out: MatrixData,
  to: number,
  sums: Float32Array,
  last: Float64Array,
  slot: number,
  sent: Float64Array,
  row: number,
): void {
  const seen = sums[2 * slot]!;
  const repeats = sums[2 * slot + 1]!;
  const size = sent[row]! >= 0 ? sent[row]! + 1 : -1;
  out[to] = repeats / (seen + PRIOR);
  if (last[slot] === size) sums[2 * slot + 1] = repeats + 1;
  sums[2 * slot] = seen + 1;
  last[slot] = size;
}

/** Connections that are taken to have been of another kind beside those seen. */
const PRIOR = 2;
