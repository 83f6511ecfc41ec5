import { left as leftAfter, steadySeconds } from "./half-life.ts";
import type { HalfLife } from "./half-life.ts";
import { logsOfGrowth } from "./logarithm.ts";
import type { Quantity } from "./moments.ts";
import type { WindowName } from "./row-times.ts";
import type { BehaviorRows } from "./rows.ts";
import { SlotRecords } from "./slot-records.ts";
import { runSteps } from "./steps.ts";
import type { Step } from "./steps.ts";
import { Sums } from "./sums.ts";

/**
 * The visits of one kind of entity: every row visits one originator, one pair and so on, whose memory is then brought to
 * the time of the row. How much time has passed for it is worked out here, once for all that is remembered of the entity.
 *
 * Columns are by row of the present `BehaviorRows` and tell of the visits before the row; those that a family has asked
 * for are filled in from then on.
 */
export class Visits {
  readonly rows: BehaviorRows;
  readonly records: SlotRecords;
  /** Where the record of the slot begins, in numbers of 4 bytes. */
  readonly record: Int32Array;
  /** 1 at the first visit that is remembered: what is found in the slot is 0, or another's. */
  readonly isFirst: Float64Array;
  /** Seconds since the first visit and since the last; 0 at the first. */
  readonly age: Float64Array;
  readonly gap: Float64Array;
  /** When the last visit was. */
  readonly last: Float64Array;
  /** Whole seconds since the last visit. */
  readonly passed: Int32Array;
  /** In each record, when the first and the last visit were. */
  readonly #times: number;
  readonly #mostRows: number;
  readonly #ones: Float64Array;
  readonly #counts: Sums;
  readonly #columns = new Map<string, Float64Array>();
  readonly #turned = new Map<WindowName, Uint8Array>();
  readonly #steps: Step[] = [];
  #logGap: Quantity | undefined;

  /** Of at most `limit` slots, for at most `mostRows` rows at a time. */
  constructor(rows: BehaviorRows, limit: number, mostRows: number) {
    this.rows = rows;
    this.records = new SlotRecords(limit);
    this.record = new Int32Array(mostRows);
    this.isFirst = new Float64Array(mostRows);
    this.age = new Float64Array(mostRows);
    this.gap = new Float64Array(mostRows);
    this.last = new Float64Array(mostRows);
    this.passed = new Int32Array(mostRows);
    this.#mostRows = mostRows;
    this.#times = this.records.reserveDoubles(2);
    this.#ones = new Float64Array(mostRows).fill(1);
    this.#counts = new Sums(this);
  }

  /**
   * 0 where the last visit was in the same bucket of the window, 1 where it was in the bucket before, 2 where it was earlier
   * or there was none.
   */
  turned(window: WindowName): Uint8Array {
    const known = this.#turned.get(window);
    if (known !== undefined) return known;
    const turned = new Uint8Array(this.#mostRows);
    this.#turned.set(window, turned);
    this.#steps.push(() => findTurned(this, window, turned));
    return turned;
  }

  /** What is left of a fading memory since the last visit; 0 at the first. */
  left(memory: HalfLife): Float64Array {
    return this.#column(`left ${memory.seconds}`, (left) => {
      const ticks = this.rows.ticks(memory);
      this.#steps.push(() => findLeft(this, memory.ticksPerSecond, ticks, left));
    });
  }

  /** For how many seconds something steady would have to run to be as large as its fading sum is by now, at least 0. */
  steady(memory: HalfLife): Float64Array {
    return this.#column(`steady ${memory.seconds}`, (steady) => {
      this.#steps.push(() => findSteady(this, memory, steady));
    });
  }

  /** Number of visits in a window. */
  inWindow(window: WindowName): Float64Array {
    const known = this.#columns.get(window) ?? this.#counts.inWindow(window, this.#ones);
    this.#columns.set(window, known);
    return known;
  }

  /** Number of visits, fading. */
  fading(memory: HalfLife): Float64Array {
    const id = `fading ${memory.seconds}`;
    const known = this.#columns.get(id) ?? this.#counts.fading(memory, this.#ones);
    this.#columns.set(id, known);
    return known;
  }

  /** ln(1 + milliseconds) since the last visit; not known at the first. */
  logGap(): Quantity {
    if (this.#logGap !== undefined) return this.#logGap;
    const logGap = { values: new Float64Array(this.#mostRows), known: new Float64Array(this.#mostRows) };
    const scratch = new Float32Array(this.#mostRows);
    this.#steps.push(() => takeLogGap(this, logGap, scratch));
    this.#logGap = logGap;
    return logGap;
  }

  /** Takes the slots of the present rows, `~slot` where one has changed hands. */
  update(claimed: Int32Array): void {
    this.#place(claimed);
    runSteps(this.#steps);
    this.#counts.update();
  }

  #column(id: string, open: (column: Float64Array) => void): Float64Array {
    const known = this.#columns.get(id);
    if (known !== undefined) return known;
    const column = new Float64Array(this.#mostRows);
    this.#columns.set(id, column);
    open(column);
    return column;
  }

  #place(claimed: Int32Array): void {
    const { record, isFirst, age, gap, last: lasts, passed } = this;
    const { rows, time } = this.rows;
    const { stride, doubles } = this.records;
    const times = this.#times;
    for (let row = 0; row < rows; row++) {
      const now = time[row]!;
      const place = claimed[row]!;
      // 1 for ~slot.
      const first = place >>> 31;
      const own = Math.imul(place ^ -first, stride);
      const at = (own + times) >> 1;
      if (first === 1) {
        doubles[at] = now;
        doubles[at + 1] = now;
      }
      const last = doubles[at + 1]!;
      doubles[at + 1] = now;
      record[row] = own;
      isFirst[row] = first;
      age[row] = now - doubles[at]!;
      gap[row] = now - last;
      lasts[row] = last;
      passed[row] = first === 1 ? LONG_AGO : ((now | 0) - (last | 0)) | 0;
    }
  }
}

/** Without a branch, for which way it goes is a toss-up. */
function findTurned(visits: Visits, window: WindowName, turned: Uint8Array): void {
  const { rows, windows } = visits.rows;
  const { seconds, elapsed } = windows[window];
  const { passed } = visits;
  for (let row = 0; row < rows; row++) {
    const left = (elapsed[row]! - passed[row]!) | 0;
    turned[row] = (left >>> 31) + ((left + seconds) >>> 31);
  }
}

function findLeft(visits: Visits, ticksPerSecond: number, ticks: Int32Array, left: Float64Array): void {
  const { last, isFirst } = visits;
  const { rows } = visits.rows;
  for (let row = 0; row < rows; row++) {
    const passed = (ticks[row]! - ((last[row]! * ticksPerSecond) | 0)) | 0;
    left[row] = (1 - isFirst[row]!) * leftAfter(passed);
  }
}

function findSteady(visits: Visits, memory: HalfLife, steady: Float64Array): void {
  const { age } = visits;
  const { rows } = visits.rows;
  for (let row = 0; row < rows; row++) steady[row] = steadySeconds(memory, age[row]!, 0);
}

function takeLogGap(visits: Visits, { values, known }: Quantity, scratch: Float32Array): void {
  const { gap, isFirst } = visits;
  const { rows } = visits.rows;
  logsOfGrowth(gap, 1000, values, rows, scratch);
  for (let row = 0; row < rows; row++) known[row] = 1 - isFirst[row]!;
}

/** Seconds; more than any window has. */
const LONG_AGO = 1 << 30;
