import { share } from "../explain.ts";
import type { MatrixData } from "../family.ts";
import type { BehaviorFamily } from "./family.ts";
import { tenMinutes } from "./half-life.ts";
import { MOST_ROWS } from "./rows.ts";
import type { BehaviorRows } from "./rows.ts";
import { Sums } from "./sums.ts";
import type { Visits } from "./visits.ts";
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
    const target = rows.visits("target");
    const host = rows.visits("originator");
    const toTarget1m = target.inWindow("1m");
    const toTarget5m = target.inWindow("5m");
    const all5m = host.inWindow("5m");
    const ofTarget = new Repeats(rows, target);
    const ofHost = new Repeats(rows, host);
    return {
      logs: [0, 1],
      fill(out, width, at) {
        for (let row = 0, to = at; row < rows.rows; row++, to += width) {
          out[to] = 1 + toTarget1m[row]!;
          out[to + 1] = 1 + toTarget5m[row]!;
          out[to + 2] = toTarget5m[row]! / (all5m[row]! + PRIOR);
        }
        ofTarget.fill(out, width, at + 3);
        ofHost.fill(out, width, at + 4);
      },
    };
  },
} as const satisfies BehaviorFamily;

/** The share of visits that sent as much as the visit before. One that states no size repeats another such one. */
class Repeats {
  readonly #rows: BehaviorRows;
  readonly #visits: Visits;
  /** 1 + the bytes that the last connection sent, -1 where it stated none. */
  readonly #last: number;
  readonly #isRepeat = new Float64Array(MOST_ROWS);
  readonly #sums: Sums;
  readonly #repeats: Float64Array;
  readonly #all: Float64Array;

  constructor(rows: BehaviorRows, visits: Visits) {
    this.#rows = rows;
    this.#visits = visits;
    this.#last = visits.records.reserveDoubles(1);
    this.#sums = new Sums(visits);
    this.#repeats = this.#sums.fading(tenMinutes, this.#isRepeat);
    this.#all = visits.fading(tenMinutes);
  }

  fill(out: MatrixData, width: number, at: number): void {
    const { record, isFirst } = this.#visits;
    const { doubles } = this.#visits.records;
    const { rows, sent } = this.#rows;
    const last = this.#last;
    const isRepeat = this.#isRepeat;
    for (let row = 0; row < rows; row++) {
      const place = (record[row]! + last) >> 1;
      const size = sent[row]! >= 0 ? sent[row]! + 1 : -1;
      isRepeat[row] = isFirst[row] === 0 && doubles[place] === size ? 1 : 0;
      doubles[place] = size;
    }
    this.#sums.update();
    const repeats = this.#repeats;
    const all = this.#all;
    for (let row = 0, to = at; row < rows; row++, to += width) out[to] = repeats[row]! / (all[row]! + PRIOR);
  }
}

/** Connections that are taken to have been of another kind beside those seen. */
const PRIOR = 2;
