import { timeFormatter } from "../charts/zone-time.ts";
import type { ScoredRows } from "./scored.ts";

/** Connections of one day of the chosen zone. */
export interface ScoredDay {
  /** "2025-02-27". */
  readonly day: string;
  readonly rows: number;
  readonly flagged: number;
}

/** Connections over time, in bins of `bin` seconds from `start`. */
export interface ScoredTimeline {
  readonly start: number;
  readonly bin: number;
  readonly rows: readonly number[];
  readonly flagged: readonly number[];
}

/** Bins grow in these steps, each a multiple of the one before, then by doubling. */
const BIN_STEPS = [60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400] as const;
const MOST_BINS = 600;
/** Times from nowhere cannot fill the memory. */
const MOST_DAYS = 4000;
/** Every zone is a whole number of quarter hours away from UTC. */
const QUARTER = 900;
const MOST_QUARTERS = 4096;

interface Counts {
  rows: number;
  flagged: number;
}

/** Counts scored connections by day and over time, by their starts, in bounded memory whatever the span. */
export class ScoredTraffic {
  readonly #format: ReturnType<typeof timeFormatter>;
  readonly #days = new Map<string, Counts>();
  /** The day of quarter hours that were met lately. */
  readonly #dayOf = new Map<number, Counts | undefined>();
  #bins = new Map<number, Counts>();
  #bin: number = BIN_STEPS[0];
  #first = Infinity;
  #last = -Infinity;
  /** Rows of days beyond those that are counted. */
  uncounted = 0;

  /** @param zone IANA name */
  constructor(zone: string) {
    this.#format = timeFormatter(zone);
  }

  add({ batch, flagged }: Pick<ScoredRows, "batch" | "flagged">): void {
    for (let row = 0; row < batch.rows; row++) {
      const ts = batch.ts[row]!;
      const flag = flagged[row]!;
      const day = this.#dayAt(Math.floor(ts / QUARTER));
      if (day === undefined) this.uncounted++;
      else count(day, flag);
      count(this.#binAt(ts), flag);
    }
  }

  days(): ScoredDay[] {
    return [...this.#days]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([day, { rows, flagged }]) => ({ day, rows, flagged }));
  }

  /** Absent where nothing was counted. */
  timeline(): ScoredTimeline | undefined {
    if (this.#bins.size === 0) return undefined;
    const bins = Array.from({ length: this.#last - this.#first + 1 }, (_, i) =>
      this.#bins.get(this.#first + i),
    );
    return {
      start: this.#first * this.#bin,
      bin: this.#bin,
      rows: bins.map((bin) => bin?.rows ?? 0),
      flagged: bins.map((bin) => bin?.flagged ?? 0),
    };
  }

  #dayAt(quarter: number): Counts | undefined {
    if (this.#dayOf.has(quarter)) return this.#dayOf.get(quarter);
    const name = this.#format(quarter * QUARTER, "day");
    let day = this.#days.get(name);
    if (day === undefined && this.#days.size < MOST_DAYS) {
      day = { rows: 0, flagged: 0 };
      this.#days.set(name, day);
    }
    if (this.#dayOf.size >= MOST_QUARTERS) this.#dayOf.clear();
    this.#dayOf.set(quarter, day);
    return day;
  }

  #binAt(ts: number): Counts {
    let at = Math.floor(ts / this.#bin);
    while (Math.max(at, this.#last) - Math.min(at, this.#first) >= MOST_BINS) {
      this.#widen();
      at = Math.floor(ts / this.#bin);
    }
    this.#first = Math.min(this.#first, at);
    this.#last = Math.max(this.#last, at);
    let bin = this.#bins.get(at);
    if (bin === undefined) this.#bins.set(at, (bin = { rows: 0, flagged: 0 }));
    return bin;
  }

  #widen(): void {
    const wider = BIN_STEPS.find((step) => step > this.#bin) ?? 2 * this.#bin;
    const factor = wider / this.#bin;
    const bins = new Map<number, Counts>();
    for (const [at, { rows, flagged }] of this.#bins) {
      const wide = Math.floor(at / factor);
      const before = bins.get(wide);
      if (before === undefined) bins.set(wide, { rows, flagged });
      else {
        before.rows += rows;
        before.flagged += flagged;
      }
    }
    this.#bins = bins;
    this.#bin = wider;
    this.#first = Math.floor(this.#first / factor);
    this.#last = Math.floor(this.#last / factor);
  }
}

function count(counts: Counts, flag: number): void {
  counts.rows++;
  counts.flagged += flag;
}
