import type { ByteReader, ByteWriter } from "../base/bytes.ts";

/**
 * Holds voters to the rate that their p-values promise: of the recent ordinary rows, at most a third of a rate may be at
 * or below it through one voter, and at most half of it through all together. A voter is sure of its part of the other half.
 *
 * The calibration of a detector rests on few independent pairs and hosts, and one noisy neighbour that was not there then
 * would be flagged with every connection from now on. So a p-value is raised to the rarest one that its voter has room
 * for. A lasting condition is flagged when it begins and then at that share, whether its rows are equally rare or each
 * rarer than the last, and so is an attack that fills the log. How far back is looked grows with rarity.
 */
export class RollingShares {
  readonly #voters: number;
  /** By level: ordinary rows, those of long ago in part. */
  readonly #rows: Float64Array;
  /** By voter and level, then by level for all together: rows that were given this p-value or a rarer one. */
  readonly #given: Float64Array;
  /** Ordinary rows since the last step. */
  #pending = 0;

  /** @param rowsBefore ordinary rows of which no voter had anything to say */
  constructor(voters: number, rowsBefore = 0) {
    this.#voters = voters;
    this.#rows = keptOf.map((kept) => rowsAfter(PRIOR_ROWS + rowsBefore, kept));
    this.#given = new Float64Array((voters + 1) * LEVELS);
  }

  /**
   * Corrects the p-values that the voters give to the next row, in place, and remembers what they became.
   *
   * @param otherwise p-value that the row has without these voters: what would be flagged anyway takes no room
   * @param isOrdinary whether the row is one of those that a share is taken of: an attack that fills the log must not make room for others
   */
  correct(pValues: Float64Array, otherwise: number, isOrdinary: boolean): void {
    const first = levelOf(otherwise) + 1;
    let rarest = 0;
    for (let voter = 0; voter < this.#voters; voter++) {
      const pValue = pValues[voter]!;
      if (pValue > MOST_COUNTED) continue;
      const level = this.#place(voter, first, levelOf(pValue));
      pValues[voter] = level < first ? 1 : Math.max(pValue, rateOf[level]!);
      if (level > rarest) rarest = level;
    }
    const together = this.#voters * LEVELS;
    for (let level = first; level <= rarest; level++) this.#given[together + level]! += 1;
    if (isOrdinary && ++this.#pending === STEP) this.#step();
  }

  /** The rarest p-value that a voter may have while nobody has said anything. */
  rarest(): number {
    let level = LEVELS - 1;
    while (level > 0 && ALONE * rateOf[level]! * this.#rows[level]! < 1) level--;
    return rateOf[level]!;
  }

  write(out: ByteWriter): void {
    out.uint32(this.#pending);
    for (const rows of this.#rows) out.float64(rows);
    for (const given of this.#given) out.float64(given);
  }

  read(input: ByteReader): void {
    this.#pending = input.uint32();
    input.expect(this.#pending < STEP, `${this.#pending} rows are pending`);
    for (let i = 0; i < this.#rows.length; i++) this.#rows[i] = input.float64();
    for (let i = 0; i < this.#given.length; i++) this.#given[i] = input.float64();
  }

  /** The rarest level from `level` down to `first` for which there is room, taken; less than `first` where there is none. */
  #place(voter: number, first: number, level: number): number {
    const given = this.#given;
    const own = voter * LEVELS;
    const together = this.#voters * LEVELS;
    const sure = (1 - TOGETHER) / this.#voters;
    for (; level >= first; level--) {
      const most = rateOf[level]! * this.#rows[level]!;
      const mine = given[own + level]! + 1;
      const part = given[together + level]! + 1 <= TOGETHER * most ? ALONE : sure;
      if (mine <= part * most && !this.#isMoreOfFew(own, first, level)) break;
    }
    for (let i = first; i <= level; i++) given[own + i]! += 1;
    return level;
  }

  /**
   * Whether there is no room at a level up to ten times more common that has room for few rows only. A level does not look
   * at others, since what is common would silence what is rare; but where a log is short, rows of which each is rarer
   * than the last would take the room of one level after the other.
   */
  #isMoreOfFew(own: number, first: number, level: number): boolean {
    const least = Math.max(first, level - LEVELS_PER_DECADE);
    for (let i = level - 1; i >= least; i--) {
      const room = ALONE * rateOf[i]! * this.#rows[i]!;
      if (room >= FEW) return false;
      if (this.#given[own + i]! + 1 > room) return true;
    }
    return false;
  }

  /** Forgets a little, all levels at once and seldom, since nearly all rows change nothing else. */
  #step(): void {
    this.#pending = 0;
    for (let i = 0; i < this.#given.length; i++) this.#given[i]! *= keptOf[i % LEVELS]!;
    for (let level = 0; level < LEVELS; level++) {
      this.#rows[level] = this.#rows[level]! * keptOf[level]! + STEP;
    }
  }
}

/** p-values above this are flagged by nobody and need no correction. */
const MOST_COUNTED = 0.1;
/** Parts of a rate that one voter may take, and all together beyond what each is sure of. */
const ALONE = 1 / 3;
const TOGETHER = 1 / 2;
const FEW = 5;
/** Rows of nothing that it starts with. */
const PRIOR_ROWS = 100;
const STEP = 64;
/** Rows after which one counts half: enough for a hundred at the rate, so that a third of it is known to some 10 %. */
const LEAST_HALF_LIFE = 10_000;
const EXPECTED_IN_HALF_LIFE = 100;

const LEVELS = 64;
const LEVELS_PER_DECADE = 8;
const rateOf = Float64Array.from({ length: LEVELS }, (_, level) => 10 ** (-level / LEVELS_PER_DECADE));
const keptOf = rateOf.map((rate) => 2 ** (-STEP / Math.max(LEAST_HALF_LIFE, EXPECTED_IN_HALF_LIFE / rate)));

/** What so many rows, one after the other, weigh at their end. */
function rowsAfter(rows: number, kept: number): number {
  const steps = rows / STEP;
  return (STEP * (1 - kept ** steps)) / (1 - kept);
}

/** The rarest level that is not rarer than the p-value. */
function levelOf(pValue: number): number {
  return Math.min(LEVELS - 1, Math.floor(-Math.log10(pValue) * LEVELS_PER_DECADE));
}
