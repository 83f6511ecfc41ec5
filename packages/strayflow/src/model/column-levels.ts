/**
 * Where the values of one column lay in training: some of its quantiles, and the share of rows that was at or below each.
 * Enough to say how far the values of other rows are shifted, also where most rows have one value.
 */
export interface ColumnLevels {
  readonly levels: readonly number[];
  readonly atMost: readonly number[];
}

const quantiles = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/** @param sorted values of the column, ascending, at least one */
export function levelsOf(sorted: Float32Array): ColumnLevels {
  const levels = [...new Set(quantiles.map((share) => sorted[Math.round(share * (sorted.length - 1))]!))];
  return { levels, atMost: levels.map((level) => countAtMost(sorted, level) / sorted.length) };
}

function countAtMost(sorted: Float32Array, level: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= level) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a count has seen; plain data. */
export interface LevelCountState {
  readonly rows: number;
  readonly counts: Float64Array;
}

/** Counts how many rows are at or below the levels of each column. */
export class LevelCount {
  readonly #columns: readonly ColumnLevels[];
  /** The levels of each column, and Infinity behind them. */
  readonly #levels: Float64Array;
  /** Where the levels of each column begin. */
  readonly #starts: Uint32Array;
  /** Rows by the first level that their value is not above. */
  readonly #counts: Float64Array;
  readonly #places: Uint32Array;
  rows = 0;

  constructor(columns: readonly ColumnLevels[]) {
    this.#columns = columns;
    this.#levels = Float64Array.from(columns.flatMap(({ levels }) => [...levels, Infinity]));
    this.#starts = new Uint32Array(columns.length + 1);
    columns.forEach(
      ({ levels }, column) => (this.#starts[column + 1] = this.#starts[column]! + levels.length + 1),
    );
    this.#counts = new Float64Array(this.#levels.length);
    this.#places = new Uint32Array(columns.length);
  }

  /** Shares memory with the count: to be serialized before the next row comes. */
  save(): LevelCountState {
    return { rows: this.rows, counts: this.#counts };
  }

  /** Takes over what a count of the same columns has saved. */
  load({ rows, counts }: LevelCountState): void {
    this.rows = rows;
    this.#counts.set(counts);
  }

  /** Takes the first `rows` rows of a row-major matrix. */
  add(matrix: Float32Array, rows: number): void {
    const places = this.#places;
    for (let row = 0; row < rows; row++) {
      this.place(matrix, row * places.length, places);
      this.addPlaced(places);
    }
  }

  /** Finds where the row that begins at `matrix[at]` is to be counted: one place a column, for every count of these columns. */
  place(matrix: Float32Array, at: number, places: Uint32Array): void {
    const levels = this.#levels;
    const starts = this.#starts;
    for (let column = 0; column < places.length; column++) {
      const value = matrix[at + column]!;
      const last = starts[column + 1]! - 1;
      let level = starts[column]!;
      while (level < last && !(value <= levels[level]!)) level++;
      places[column] = level;
    }
  }

  /** Takes a row by its places. */
  addPlaced(places: Uint32Array): void {
    const counts = this.#counts;
    for (let column = 0; column < places.length; column++) counts[places[column]!]!++;
    this.rows++;
  }

  /**
   * For each column the largest difference of the shares (Kolmogorov and Smirnov's distance, at these levels), 0 to 1.
   *
   * @param without rows that were counted here too, and are not to count
   */
  shifts(without?: LevelCount): number[] {
    const rows = this.rows - (without?.rows ?? 0);
    return this.#columns.map(({ atMost }, column) => {
      let most = 0;
      let count = 0;
      for (let i = 0; i < atMost.length && rows > 0; i++) {
        const level = this.#starts[column]! + i;
        count += this.#counts[level]! - (without === undefined ? 0 : without.#counts[level]!);
        most = Math.max(most, Math.abs(count / rows - atMost[i]!));
      }
      return most;
    });
  }
}
