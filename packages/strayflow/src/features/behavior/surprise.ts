import type { MatrixData } from "../family.ts";
import { aWeek } from "./half-life.ts";
import { logsOfGrowth } from "./logarithm.ts";
import { MOST_ROWS } from "./rows.ts";
import type { BehaviorRows } from "./rows.ts";
import { Sums } from "./sums.ts";
import type { Visits } from "./visits.ts";

/**
 * How rare a part (a peer, a port) is among all connections of the host: -ln of its share with a half-life of 1 week,
 * smoothed by one connection.
 */
export class Surprise {
  readonly #rows: BehaviorRows;
  readonly #all: Float64Array;
  readonly #ofPart: Float64Array;
  readonly #rarer = new Float64Array(MOST_ROWS);
  readonly #surprise = new Float64Array(MOST_ROWS);
  readonly #scratch = new Float32Array(MOST_ROWS);
  readonly #sums: Sums;
  readonly #past: Float64Array;

  constructor(rows: BehaviorRows, host: Visits, part: Visits) {
    this.#rows = rows;
    this.#all = host.fading(aWeek);
    this.#ofPart = part.fading(aWeek);
    this.#sums = new Sums(host);
    this.#past = this.#sums.fading(aWeek, this.#surprise);
  }

  /**
   * Writes the surprise into column `at`, and into the next by how much it exceeds the host's own mean, drawn towards 0
   * while that rests on few connections.
   */
  fill(out: MatrixData, width: number, at: number): void {
    const { rows } = this.#rows;
    const all = this.#all;
    const ofPart = this.#ofPart;
    const rarer = this.#rarer;
    const surprise = this.#surprise;
    for (let row = 0; row < rows; row++) {
      rarer[row] = Math.max(0, (all[row]! - ofPart[row]!) / (ofPart[row]! + 1));
    }
    logsOfGrowth(rarer, 1, surprise, rows, this.#scratch);
    this.#sums.update();
    const past = this.#past;
    for (let row = 0, to = at; row < rows; row++, to += width) {
      out[to] = surprise[row]!;
      out[to + 1] = (surprise[row]! * all[row]! - past[row]!) / (all[row]! + PRIOR);
    }
  }
}

/** Connections of usual surprise that are taken to have been seen. */
const PRIOR = 10;
