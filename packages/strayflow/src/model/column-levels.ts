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

/** Counts how many rows are at or below the levels of each column. */
export class LevelCount {
  readonly #columns: readonly ColumnLevels[];
  readonly #levels: Float64Array;
  /** Where the levels of each column begin. */
  readonly #starts: Uint32Array;
  readonly #counts: Float64Array;
  rows = 0;

  constructor(columns: readonly ColumnLevels[]) {
    this.#columns = columns;
    this.#levels = Float64Array.from(columns.flatMap(({ levels }) => [...levels]));
    this.#starts = new Uint32Array(columns.length + 1);
    columns.forEach(
      ({ levels }, column) => (this.#starts[column + 1] = this.#starts[column]! + levels.length),
    );
    this.#counts = new Float64Array(this.#levels.length);
  }

  /** Takes the first `rows` rows of a row-major matrix. */
  add(matrix: Float32Array, rows: number): void {
    for (let row = 0; row < rows; row++) this.addRow(matrix, row * this.#columns.length);
  }

  /** Takes the row that begins at `matrix[at]`. */
  addRow(matrix: Float32Array, at: number): void {
    const levels = this.#levels;
    const counts = this.#counts;
    const starts = this.#starts;
    const width = this.#columns.length;
    for (let column = 0; column < width; column++) {
      const value = matrix[at + column]!;
      const to = starts[column + 1]!;
      for (let level = starts[column]!; level < to; level++) if (value <= levels[level]!) counts[level]!++;
    }
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
      for (let i = 0; i < atMost.length && rows > 0; i++) {
        const level = this.#starts[column]! + i;
        const count = this.#counts[level]! - (without === undefined ? 0 : without.#counts[level]!);
        most = Math.max(most, Math.abs(count / rows - atMost[i]!));
      }
      return most;
    });
  }
}
