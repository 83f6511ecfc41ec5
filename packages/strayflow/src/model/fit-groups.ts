import { finishHash, hashAddress } from "../features/behavior/fingerprint.ts";
import type { Batch } from "../zeek/batch.ts";
import { LevelCount, type ColumnLevels, type LevelCountState } from "./column-levels.ts";
import { wordColumns, wordsOf, type WordColumn } from "./traffic-norms.ts";

/** What is compared of a column: its range, and where its values lay in training. */
export interface ComparedColumn extends ColumnLevels {
  readonly low: number;
  readonly high: number;
}

/** How far the values of a column are from those of training, and the share of rows outside its range. */
export interface ColumnShift {
  readonly shift: number;
  readonly outside: number;
}

/** What was counted so far; plain data of structured clone. */
export interface FitGroupsState {
  readonly seen: number;
  readonly groups: readonly GroupState[];
}

interface GroupState {
  readonly levels: LevelCountState;
  readonly outside: Float64Array;
  readonly words: Readonly<Record<WordColumn, ReadonlyMap<string, number>>>;
}

/**
 * Compares rows with training so that no single host can make traffic look foreign: a scan that fills half of a log is
 * an attack, not another network. Hosts are dealt to groups by a hash, as originators and again as responders, and of
 * every quantity counts the least that is left when any one group is left out.
 */
export class FitGroups {
  readonly #all: Group;
  readonly #groups: readonly Group[];
  /** Beyond these a value is outside its column's range. */
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  /** Of the row at hand: its place among the levels of each column, and the columns whose range it is outside of. */
  readonly #places: Uint32Array;
  readonly #outside: Uint32Array;
  #seen = 0;

  constructor(columns: readonly ComparedColumn[]) {
    this.#low = Float64Array.from(columns, ({ low, high }) => low - slackOf(low, high));
    this.#high = Float64Array.from(columns, ({ low, high }) => high + slackOf(low, high));
    this.#places = new Uint32Array(columns.length);
    this.#outside = new Uint32Array(columns.length);
    this.#all = new Group(columns);
    this.#groups = Array.from({ length: 2 * GROUPS }, () => new Group(columns));
  }

  /** Rows whose columns were compared. */
  get compared(): number {
    return this.#all.levels.rows;
  }

  /** Shares memory with the groups: to be serialized before the next batch comes. */
  save(): FitGroupsState {
    return { seen: this.#seen, groups: [this.#all, ...this.#groups].map((group) => group.save()) };
  }

  /** Takes over what groups of the same columns have saved; before the first batch. */
  load({ seen, groups }: FitGroupsState): void {
    this.#seen = seen;
    [this.#all, ...this.#groups].forEach((group, place) => group.load(groups[place]!));
  }

  /** Takes a batch and its raw feature matrix, row-major. The first rows are all compared, later ones with a step. */
  add(batch: Batch, matrix: Float32Array): void {
    const places = this.#places;
    const width = places.length;
    const codes = wordColumns.map((column) => ({
      column,
      codes: batch[column].codes,
      words: wordsOf(batch[column]),
    }));
    for (let row = 0; row < batch.rows; row++) {
      const at = this.#seen++;
      if (at >= ALL_ROWS && at % ROW_STEP !== 0) continue;
      const originator = this.#groups[groupOf(batch.orig_h, 4 * row)]!;
      const responder = this.#groups[GROUPS + groupOf(batch.resp_h, 4 * row)]!;
      this.#all.levels.place(matrix, row * width, places);
      const outside = this.#outside.subarray(0, this.#findOutside(matrix, row * width));
      for (const group of [this.#all, originator, responder]) {
        group.levels.addPlaced(places);
        for (const column of outside) group.outside[column]!++;
        for (const one of codes) group.addWords(one.column, one.words[one.codes[row]!]!);
      }
    }
  }

  /** One a column. */
  shifts(): ColumnShift[] {
    const rows = this.#all.levels.rows;
    const shift = this.#all.levels.shifts();
    const outside = Array.from(this.#all.outside, (count) => (rows > 0 ? count / rows : 0));
    for (const group of this.#groups) {
      const left = rows - group.levels.rows;
      if (group.levels.rows === 0 || left < LEAST_LEFT) continue;
      const shifted = this.#all.levels.shifts(group.levels);
      for (let column = 0; column < shift.length; column++) {
        shift[column] = Math.min(shift[column]!, shifted[column]!);
        outside[column] = Math.min(
          outside[column]!,
          (this.#all.outside[column]! - group.outside[column]!) / left,
        );
      }
    }
    return shift.map((value, column) => ({ shift: value, outside: outside[column]! }));
  }

  /** The share of rows that have each word of a column. */
  wordShares(column: WordColumn): ReadonlyMap<string, number> {
    const rows = this.#all.levels.rows;
    const shares = new Map<string, number>();
    for (const [word, count] of this.#all.words[column]) {
      let share = count / rows;
      for (const group of this.#groups) {
        const left = rows - group.levels.rows;
        if (left >= LEAST_LEFT)
          share = Math.min(share, (count - (group.words[column].get(word) ?? 0)) / left);
      }
      shares.set(word, share);
    }
    return shares;
  }

  /** Notes the columns whose range the row that begins at `matrix[at]` is outside of, and returns how many they are. */
  #findOutside(matrix: Float32Array, at: number): number {
    const low = this.#low;
    const high = this.#high;
    const outside = this.#outside;
    let count = 0;
    for (let column = 0; column < outside.length; column++) {
      const value = matrix[at + column]!;
      if (value < low[column]! || value > high[column]!) outside[count++] = column;
    }
    return count;
  }
}

/** Half of the range: a value just beyond the sampled quantiles is ordinary. */
function slackOf(low: number, high: number): number {
  return Math.max(1e-6, (high - low) / 2);
}

class Group {
  readonly levels: LevelCount;
  readonly outside: Float64Array;
  readonly words: Readonly<Record<WordColumn, Map<string, number>>> = {
    proto: new Map(),
    service: new Map(),
    conn_state: new Map(),
  };

  constructor(columns: readonly ComparedColumn[]) {
    this.levels = new LevelCount(columns);
    this.outside = new Float64Array(columns.length);
  }

  save(): GroupState {
    return { levels: this.levels.save(), outside: this.outside, words: this.words };
  }

  load({ levels, outside, words }: GroupState): void {
    this.levels.load(levels);
    this.outside.set(outside);
    for (const column of wordColumns)
      for (const [word, count] of words[column]) this.words[column].set(word, count);
  }

  addWords(column: WordColumn, words: readonly string[]): void {
    const counts = this.words[column];
    for (const word of words) {
      const before = counts.get(word);
      if (before !== undefined || counts.size < MOST_WORDS) counts.set(word, (before ?? 0) + 1);
    }
  }
}

function groupOf(words: Uint32Array, at: number): number {
  return (finishHash(hashAddress(GROUP_SEED, words, at)) >>> 0) % GROUPS;
}

const GROUPS = 8;
const GROUP_SEED = 0x9e3779b9 | 0;
/** What is left without a group has to be enough to compare. */
const LEAST_LEFT = 200;
const MOST_WORDS = 1024;
/** What fits or not is seen soon. */
const ALL_ROWS = 4096;
const ROW_STEP = 16;
