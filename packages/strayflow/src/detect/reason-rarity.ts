import { assert } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { FeatureColumn } from "../features/family.ts";

/** How common the values of one column are in normal traffic. */
export type ColumnRarity =
  /** Share of rows in which a 0 or 1 column is 1. */
  | { readonly kind: "flag"; readonly yes: number }
  /** Values above `above[i]`, or below `below[i]`, come with probability `shares[i]` at most. */
  | { readonly kind: "amount"; readonly above: readonly number[]; readonly below: readonly number[] };

/** How common values are in normal traffic. Plain data, fit for a manifest. */
export interface ValueRarities {
  /** Rows that it was learned from. */
  readonly count: number;
  /** Ascending probabilities. */
  readonly shares: readonly number[];
  /** By id of the feature. */
  readonly columns: Readonly<Record<string, ColumnRarity>>;
}

/** Extreme values kept at either end of every column: ranks 1, 2, 4, ... of them are told exactly. */
const mostRanks = 64;
/** What is commoner is told from a sample of the rows. */
const sampleRows = 8192;
const bodyShares = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];

/** Learns from the features of normal rows that training has not seen. Memory does not grow with the rows. */
export class RarityLearner {
  readonly #columns: readonly FeatureColumn[];
  /** For each column its highest values, ascending, and the highest of their negatives, for the lowest. */
  readonly #highest: Float32Array[];
  readonly #lowest: Float32Array[];
  readonly #yes: Float64Array;
  readonly #sample: Float32Array;
  readonly #random: Random;
  #rows = 0;

  constructor(columns: readonly FeatureColumn[], random: Random) {
    this.#columns = columns;
    this.#random = random;
    this.#sample = new Float32Array(columns.length * sampleRows);
    const empty = () => columns.map(() => new Float32Array(mostRanks).fill(-Infinity));
    this.#highest = empty();
    this.#lowest = empty();
    this.#yes = new Float64Array(columns.length);
  }

  /** Takes `rows` rows of a row-major matrix of raw features. */
  add(matrix: Float32Array, rows: number): void {
    const width = this.#columns.length;
    assert(matrix.length >= rows * width, `${matrix.length} values are not ${rows} rows of ${width}`);
    const highest = this.#highest;
    const lowest = this.#lowest;
    const yes = this.#yes;
    // What a value must exceed to enter; few do, so the inner loop only compares.
    const enterHigh = Float32Array.from(highest, (values) => values[0]!);
    const enterLow = Float32Array.from(lowest, (values) => values[0]!);
    for (let row = 0; row < rows; row++) {
      const at = row * width;
      for (let column = 0; column < width; column++) {
        const value = matrix[at + column]!;
        if (value >= 0.5) yes[column]!++;
        if (value > enterHigh[column]!) enterHigh[column] = insert(highest[column]!, value);
        if (-value > enterLow[column]!) enterLow[column] = insert(lowest[column]!, -value);
      }
    }
    for (let row = 0; row < rows; row++) {
      // Vitter's algorithm R.
      const slot = this.#rows < sampleRows ? this.#rows : this.#random.integer(this.#rows + 1);
      this.#rows++;
      if (slot < sampleRows) this.#sample.set(matrix.subarray(row * width, (row + 1) * width), slot * width);
    }
  }

  finish(): ValueRarities {
    const count = this.#rows;
    const ranks: number[] = [];
    for (let rank = 1; rank <= Math.min(mostRanks, count); rank *= 2) ranks.push(rank);
    // What fewer than `rank` of n reach is reached with probability at most rank / (n + 1) (conformal, Vovk 2005).
    const exact = ranks.map((rank) => rank / (count + 1));
    const rest = bodyShares.filter((share) => share > (exact.at(-1) ?? 1));
    const columns = this.#columns.map(({ id, unit }, column): [string, ColumnRarity] => {
      if (unit === "0 or 1") return [id, { kind: "flag", yes: this.#yes[column]! / Math.max(1, count) }];
      const body = this.#bodyOf(column);
      const last = body.length - 1;
      const above = [
        ...ranks.map((rank) => this.#highest[column]![mostRanks - rank]!),
        ...rest.map((share) => body[Math.floor((1 - share) * last)]!),
      ];
      const below = [
        ...ranks.map((rank) => -this.#lowest[column]![mostRanks - rank]!),
        ...rest.map((share) => body[Math.ceil(share * last)]!),
      ];
      return [id, { kind: "amount", above: above.map(shortened), below: below.map(shortened) }];
    });
    return { count, shares: [...exact, ...rest], columns: Object.fromEntries(columns) };
  }

  #bodyOf(column: number): Float32Array {
    const width = this.#columns.length;
    const rows = Math.min(this.#rows, sampleRows);
    return Float32Array.from({ length: rows }, (_, row) => this.#sample[row * width + column]!).sort();
  }
}

/** Five digits are enough; adding 0 makes 0 of -0, which JSON does not know. */
function shortened(level: number): number {
  return Number(level.toPrecision(5)) + 0;
}

/** Into an ascending array, whose lowest falls out; returns the new lowest. */
function insert(ascending: Float32Array, value: number): number {
  let at = 0;
  while (at + 1 < ascending.length && ascending[at + 1]! < value) {
    ascending[at] = ascending[at + 1]!;
    at++;
  }
  ascending[at] = value;
  return ascending[0]!;
}

export interface Rarity {
  /** Probability that a normal connection goes as far; 1 where it is common. */
  readonly p: number;
  /** No normal connection went as far: `p` is a bound. */
  readonly isBeyond: boolean;
}

/** How often normal traffic is as far from the usual value as this one, on the same side of it; absent where not known. */
export function rarityOfValue(
  { count, shares, columns }: ValueRarities,
  feature: string,
  value: number,
  usual: number,
): Rarity | undefined {
  const column = Object.hasOwn(columns, feature) ? columns[feature] : undefined;
  if (column === undefined || count === 0) return undefined;
  if (column.kind === "flag") {
    const rows = (value >= 0.5 ? column.yes : 1 - column.yes) * count;
    return { p: Math.min(1, (Math.round(rows) + 1) / (count + 1)), isBeyond: rows < 0.5 };
  }
  const sign = value > usual ? 1 : -1;
  const levels = sign > 0 ? column.above : column.below;
  // Fewer than `rank` normal values are as far as one that exceeds the rank-th. Levels have five digits: within that, equal.
  const rank = levels.findIndex((level) => sign * (value - level) > 1e-5 * Math.abs(level));
  if (rank === 0) return { p: 1 / (count + 1), isBeyond: true };
  return { p: rank < 0 ? 1 : shares[rank]!, isBeyond: false };
}
