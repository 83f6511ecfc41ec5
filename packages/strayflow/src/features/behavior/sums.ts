import type { HalfLife } from "./half-life.ts";
import type { WindowName } from "./rows.ts";
import type { Visits } from "./visits.ts";

/** Columns by row of the present rows. */
interface WindowSum {
  readonly field: number;
  readonly turned: Uint8Array;
  readonly left: Float64Array;
  readonly amounts: Float64Array;
  readonly sums: Float64Array;
}

type FadingSum = Omit<WindowSum, "turned">;

/**
 * Sums of amounts for each slot of an entity, over windows or fading with a half-life.
 *
 * A window of W seconds is two buckets of W seconds that lie on the clock, of which the earlier counts with the part of it
 * that is still inside the window: exact where the earlier bucket was filled evenly; a burst fades evenly over the W
 * seconds after its bucket.
 */
export class Sums {
  readonly #visits: Visits;
  readonly #inWindows: WindowSum[] = [];
  readonly #fading: FadingSum[] = [];

  constructor(visits: Visits) {
    this.#visits = visits;
  }

  /** A column of the sums before each row. `amounts` are by row, never below 0 and never NaN. */
  inWindow(window: WindowName, amounts: Float64Array): Float64Array {
    const visits = this.#visits;
    const sums = new Float64Array(amounts.length);
    this.#inWindows.push({
      field: visits.records.reserve(2),
      turned: visits.turned(window),
      left: visits.rows.windows[window].left,
      amounts,
      sums,
    });
    return sums;
  }

  /** The same of sums that halve with every half-life. */
  fading(memory: HalfLife, amounts: Float64Array): Float64Array {
    const visits = this.#visits;
    const sums = new Float64Array(amounts.length);
    this.#fading.push({ field: visits.records.reserve(1), left: visits.left(memory), amounts, sums });
    return sums;
  }

  /** Writes the sums and then adds the rows, once their amounts are known. */
  update(): void {
    const { record, records, rows } = this.#visits;
    for (const sum of this.#inWindows) addInWindow(sum, records.floats, record, rows.rows);
    for (const sum of this.#fading) addFading(sum, records.floats, record, rows.rows);
  }
}

function addInWindow(
  { field, turned, left, amounts, sums }: WindowSum,
  floats: Float32Array,
  record: Int32Array,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const at = (record[row]! + field) | 0;
    const passed = turned[row]!;
    // Which way it goes is a toss-up, so a product is faster than a branch.
    const kept = keptOfSame[passed]!;
    const now = floats[at]!;
    const before = floats[at + 1]! * kept + now * keptOfNext[passed]!;
    const bucket = now * kept;
    sums[row] = bucket + left[row]! * before;
    floats[at] = bucket + amounts[row]!;
    floats[at + 1] = before;
  }
}

function addFading(
  { field, left, amounts, sums }: FadingSum,
  floats: Float32Array,
  record: Int32Array,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const at = (record[row]! + field) | 0;
    const sum = floats[at]! * left[row]!;
    sums[row] = sum;
    floats[at] = sum + amounts[row]!;
  }
}

/** What is left of a bucket as the same bucket, and as the one before, when so many buckets have passed. */
const keptOfSame: Readonly<Float64Array> = Float64Array.of(1, 0, 0);
const keptOfNext: Readonly<Float64Array> = Float64Array.of(0, 1, 0);
