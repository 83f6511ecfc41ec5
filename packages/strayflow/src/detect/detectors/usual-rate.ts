import { aDay, aWeek, left, steadySeconds } from "../../features/behavior/half-life.ts";
import type { HalfLife } from "../../features/behavior/half-life.ts";
import { ln } from "../../features/behavior/logarithm.ts";
import type { BehaviorRows, Entity, Window } from "../../features/behavior/rows.ts";
import { experience, surprise } from "./surprise.ts";
import { slotDoubles, slotIntegers } from "../../features/behavior/slot-array.ts";
import type { SlotArray } from "../../features/behavior/slot-array.ts";
import type { StreamClock } from "../../features/behavior/stream-clock.ts";

/**
 * How much of something each slot of an entity does in a window, and how much is usual for it: its own mean of about a
 * day, this window left out, drawn towards what is usual on this network while its history is short. What is usual on the
 * network is taken from the logarithms of the amounts in the windows in which any was active, so that a few hosts cannot move it.
 *
 * The window is two buckets on the clock, of which the earlier counts with the part that is still inside.
 */
export class UsualRate {
  readonly stores: readonly SlotArray[];
  readonly #time: Float64Array;
  readonly #clock: StreamClock;
  readonly #ticks: Int32Array;
  readonly #window: Window;
  readonly #memory: HalfLife;
  /** For each slot: first seen, amount in the bucket, in the bucket before, and the day's damped amount. */
  readonly #amounts: SlotArray<Float64Array>;
  /** For each slot: bucket and tick of the last visit. */
  readonly #visits: SlotArray<Int32Array>;
  /** Windows seen (up to `MOST_WINDOWS`) mean and variance of ln(1 + amount) in them, and what follows: mean, variance. */
  readonly #network: SlotArray<Float64Array>;

  constructor(rows: BehaviorRows, entity: Entity, window: "1m" | "1h" | "1d") {
    this.#memory = window === "1d" ? aWeek : aDay;
    this.#time = rows.time;
    this.#clock = rows.clock;
    this.#ticks = rows.ticks(this.#memory);
    this.#window = rows.windows[window];
    this.#amounts = slotDoubles(entity, 4);
    this.#visits = slotIntegers(entity, 2);
    this.#network = slotDoubles("network", 5);
    this.stores = [this.#amounts, this.#visits, this.#network];
  }

  /** Forgets the slot's last owner. Of one known from training, `perDay` was usual over `seconds`. */
  begin(slot: number, row: number, perDay = 0, seconds = 0): void {
    const amounts = this.#amounts.data;
    const visits = this.#visits.data;
    amounts[4 * slot] = this.#time[row]! - seconds;
    amounts[4 * slot + 1] = 0;
    amounts[4 * slot + 2] = 0;
    amounts[4 * slot + 3] = seconds > 0 ? (perDay * steadySeconds(this.#memory, seconds, 1)) / 86_400 : 0;
    visits[2 * slot] = this.#window.bucket[row]!;
    visits[2 * slot + 1] = this.#ticks[row]!;
  }

  /** Brings a slot to the time of the row; before it is read or added to. */
  roll(slot: number, row: number): void {
    const visits = this.#visits.data;
    const tick = this.#ticks[row]!;
    const passed = (tick - visits[2 * slot + 1]!) | 0;
    if (passed !== 0) {
      visits[2 * slot + 1] = tick;
      this.#amounts.data[4 * slot + 3]! *= left(passed);
    }
    const bucket = this.#window.bucket[row]!;
    const turned = (bucket - visits[2 * slot]!) | 0;
    if (turned !== 0) this.#turn(slot, bucket, turned);
  }

  add(slot: number, amount: number): void {
    const amounts = this.#amounts.data;
    amounts[4 * slot + 1]! += amount;
    amounts[4 * slot + 3]! += amount;
  }

  /** The amount in the window that ends with the row. */
  recent(slot: number, row: number): number {
    const amounts = this.#amounts.data;
    return amounts[4 * slot + 1]! + this.#window.left[row]! * amounts[4 * slot + 2]!;
  }

  /** The amount that is usual in such a window. */
  usual(slot: number, row: number): number {
    const own = this.#windowsBefore(slot, row);
    return (this.#before(slot, row) + PRIOR_WINDOWS * this.#network.data[3]!) / (own + PRIOR_WINDOWS);
  }

  /**
   * How surprising an amount within the window is against what is usual for the slot. Its own amounts are taken to spread
   * as widely as those of a geometric distribution; while its history is short, as widely as those of the network. In the
   * first hours of a stream it counts in part, see `experience`.
   */
  surprise(slot: number, row: number, amount: number): number {
    if (!(amount > 0)) return 0;
    const network = this.#network.data;
    const own = this.#windowsBefore(slot, row);
    const prior = PRIOR_WINDOWS / (own + PRIOR_WINDOWS);
    const usual = this.#before(slot, row) / (own + PRIOR_WINDOWS) + prior * network[3]!;
    if (!(amount > usual)) return 0;
    const variance = 1 + usual + usual * usual + prior * network[4]!;
    return surprise(amount, usual, variance) * experience(this.#time[row]! - this.#clock.started);
  }

  /** Amount of the memory that lies before the window. */
  #before(slot: number, row: number): number {
    const amounts = this.#amounts.data;
    const at = 4 * slot;
    const before = amounts[at + 3]! - amounts[at + 1]! - this.#window.left[row]! * amounts[at + 2]!;
    return before > 0 ? before : 0;
  }

  /** Number of windows in the memory before this one. */
  #windowsBefore(slot: number, row: number): number {
    const age = this.#time[row]! - this.#amounts.data[4 * slot]!;
    const windows = steadySeconds(this.#memory, age, 1) / this.#window.seconds - 1;
    return windows > 0 ? windows : 0;
  }

  #turn(slot: number, bucket: number, turned: number): void {
    const amounts = this.#amounts.data;
    const network = this.#network.data;
    const amount = ln(1 + amounts[4 * slot + 1]!);
    if (network[0]! < MOST_WINDOWS) network[0]! += 1;
    const off = amount - network[1]!;
    network[1]! += off / network[0]!;
    network[2]! += (off * (amount - network[1]!) - network[2]!) / network[0]!;
    // Mean and variance of a log-normal distribution.
    const spread = Math.min(network[2]!, WIDEST_SPREAD);
    const mean = Math.exp(network[1]! + spread / 2);
    network[3] = mean - 1;
    network[4] = (Math.exp(spread) - 1) * mean * mean;
    amounts[4 * slot + 2] = turned === 1 ? amounts[4 * slot + 1]! : 0;
    amounts[4 * slot + 1] = 0;
    this.#visits.data[2 * slot] = bucket;
  }
}

/** Variance of the logarithm; wider spreads, of a factor of 12 and more, would leave nothing to be surprised at. */
const WIDEST_SPREAD = 6;
const PRIOR_WINDOWS = 3;
const MOST_WINDOWS = 10_000;
