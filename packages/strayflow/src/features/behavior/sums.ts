import type { HalfLife } from "./half-life.ts";
import type { WindowName } from "./row-times.ts";
import { runSteps } from "./steps.ts";
import type { Step } from "./steps.ts";
import type { Visits } from "./visits.ts";

/**
 * Sums of amounts for each slot of an entity, over windows or fading with a half-life.
 *
 * A window of W seconds is two buckets of W seconds that lie on the clock, of which the earlier counts with the part of it
 * that is still inside the window: exact where the earlier bucket was filled evenly; a burst fades evenly over the W
 * seconds after its bucket.
 */
export class Sums {
  readonly #visits: Visits;
  readonly #steps: Step[] = [];

  constructor(visits: Visits) {
    this.#visits = visits;
  }

  /** A column of the sums before each row. `amounts` are by row, never below 0 and never NaN. */
  inWindow(window: WindowName, amounts: Float64Array): Float64Array {
    const visits = this.#visits;
    const { left } = visits.rows.windows[window];
    const turned = visits.turned(window);
    const field = visits.records.reserve(2);
    const sums = new Float64Array(amounts.length);
    this.#steps.push(() => addInWindow(visits, field, turned, left, amounts, sums));
    return sums;
  }

  /** The same of sums that halve with every half-life. */
  fading(memory: HalfLife, amounts: Float64Array): Float64Array {
    const visits = this.#visits;
    const left = visits.left(memory);
    const field = visits.records.reserve(1);
    const sums = new Float64Array(amounts.length);
    this.#steps.push(() => addFading(visits, field, left, amounts, sums));
    return sums;
  }

  /** Writes the sums and then adds the rows, once their amounts are known. */
  update(): void {
    runSteps(this.#steps);
  }
}

function addInWindow(
  visits: Visits,
  field: number,
  turned: Uint8Array,
  left: Float64Array,
  amounts: Float64Array,
  sums: Float64Array,
): void {
  const { record } = visits;
  const { rows } = visits.rows;
  const { floats } = visits.records;
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
  visits: Visits,
  field: number,
  left: Float64Array,
  amounts: Float64Array,
  sums: Float64Array,
): void {
  const { record } = visits;
  const { rows } = visits.rows;
  const { floats } = visits.records;
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
