import { assert } from "../base/errors.ts";
import type { FamilyRange } from "../features/group.ts";
import { limitText } from "./reason-limit.ts";
import { NormalNeighbours, type NormalConnection, type NormalExamples } from "./reason-neighbours.ts";
import type { Reason } from "./reason.ts";
import type { Contrast, ReasonWords } from "./reason-words.ts";
import { themeOfFamily } from "./themes.ts";

/** One flagged row that is to be explained. */
export interface FlaggedRow {
  /** Raw feature values, one a column. */
  readonly values: Float32Array;
  /** Score from which on a row like this is flagged. */
  readonly threshold: number;
}

export interface Explanation {
  /** The one that carries most by itself first, then by their shares; one of each theme before a second of any. */
  readonly reasons: readonly Reason[];
  /** Of the first reason: "below 30 MB this would be normal"; absent where no single amount decides. */
  readonly counterfactual: string | undefined;
  /** Normal connections that resemble it most, the nearest first. */
  readonly similar: readonly NormalConnection[];
  /** With everything that the reasons are about as usual, the row would not be flagged. */
  readonly isWhole: boolean;
}

/** Scores `rows` rows of a row-major matrix, as the model scores single connections; one number a row. */
export type ScoreRows = (matrix: Float32Array, rows: number) => Promise<ArrayLike<number>>;

export interface ExplainerParts {
  readonly words: ReasonWords;
  readonly families: readonly Pick<FamilyRange, "id" | "at" | "width">[];
  readonly examples: NormalExamples;
  readonly score: ScoreRows;
  /** Examples that score as high as this are no examples of what is normal. */
  readonly threshold: number;
}

/** Normal connections that a row is held against; the one that it takes least to resemble counts. */
const donors = 3;
/** Rows that are explained together: some thousand candidates in a call. */
const rowsPerRound = 64;
/** Steps from a row to its normal counterpart, to find where it turns normal. */
const limitSteps = 64;
/** A second statement of one theme must carry this part of what its first carries. */
const leastOfFirst = 1 / 3;

/** A statement, and by how much the score falls where it is not so. */
type Said = Omit<Reason, "share"> & { readonly drop: number };

/** Columns that one attack moves together. */
interface Unit {
  readonly id: string;
  readonly columns: readonly number[];
}

/** A row on its way to a normal one: the units that were exchanged so far, and what that did to the score. */
interface Attempt {
  readonly row: number;
  readonly donor: Float32Array;
  readonly current: Float32Array;
  readonly taken: { readonly unit: Unit; readonly drop: number }[];
  left: Unit[];
  score: number;
}

/**
 * Explains flagged rows by what it takes to make them normal. A row is held against the normal connections that resemble
 * it most; themes of features (volume, outcome, reach, ...) are exchanged for those of the normal one, always the theme
 * that lowers the score most, until the row would not be flagged. So the reasons are faithful by construction: what they
 * name is what the alert hangs on, and what is usual was seen. After NICE (Brughmans et al. 2023, Data Mining and Knowledge
 * Discovery), with themes in place of single features, because features that one attack moves together hold each other up.
 */
export class Explainer {
  readonly #words: ReasonWords;
  readonly #score: ScoreRows;
  readonly #units: readonly Unit[];
  readonly #examples: NormalExamples;
  readonly #neighbours: NormalNeighbours;

  private constructor({ words, families, score }: ExplainerParts, examples: NormalExamples) {
    this.#words = words;
    this.#score = score;
    this.#units = unitsOf(words, families);
    this.#examples = examples;
    this.#neighbours = new NormalNeighbours(examples);
  }

  /** Examples that the model itself would flag are left out. */
  static async open(parts: ExplainerParts): Promise<Explainer> {
    const { examples, words, score, threshold } = parts;
    assert(
      examples.width === words.columns.length,
      `examples of ${examples.width} values for ${words.columns.length} columns`,
    );
    const scores = await score(examples.values, examples.connections.length);
    return new Explainer(
      parts,
      chosen(examples, (i) => scores[i]! < threshold),
    );
  }

  /** Explains rows, in some calls of the network for every 64 of them. Without examples nothing is explained. */
  async explain(rows: readonly FlaggedRow[], limit = 3): Promise<Explanation[]> {
    const explanations: Explanation[] = [];
    for (let from = 0; from < rows.length; from += rowsPerRound) {
      explanations.push(...(await this.#explainRound(rows.slice(from, from + rowsPerRound), limit)));
    }
    return explanations;
  }

  async #explainRound(rows: readonly FlaggedRow[], limit: number): Promise<Explanation[]> {
    const before = await this.#scores(rows.map(({ values }) => values));
    const near = rows.map(({ values }) => this.#neighbours.indices(values, donors));
    const attempts = await this.#exchange(rows, near, before, limit);
    const best = rows.map((row, i) =>
      shortest(
        attempts.filter((attempt) => attempt.row === i),
        row.threshold,
      ),
    );
    const drops = await this.#dropsOfTopics(rows, best, before);
    const limits = await this.#limits(rows, best);
    return rows.map((row, i): Explanation => {
      const similar = near[i]!.map((example) => this.#examples.connections[example]!);
      const attempt = best[i];
      if (attempt === undefined) return { reasons: [], counterfactual: undefined, similar, isWhole: false };
      const reasons = this.#word(row, attempt, drops[i]!, before[i]!, limit);
      const isWhole = attempt.score < row.threshold;
      const part = limits[i];
      const counterfactual =
        part === undefined
          ? undefined
          : limitText(this.#words, reasons[0], row.values, attempt.donor, part, attempt.taken.length > 1);
      return { reasons, counterfactual, similar, isWhole };
    });
  }

  /** Exchanges one theme after the other in all rows at once, each time the one that lowers the score most. */
  async #exchange(
    rows: readonly FlaggedRow[],
    near: readonly (readonly number[])[],
    before: ArrayLike<number>,
    limit: number,
  ): Promise<Attempt[]> {
    const attempts = rows.flatMap(({ values }, row) =>
      near[row]!.map((example): Attempt => {
        const donor = this.#example(example);
        const left = this.#units.filter(({ columns }) =>
          columns.some((column) => values[column] !== donor[column]),
        );
        return { row, donor, current: values.slice(), taken: [], left, score: before[row]! };
      }),
    );
    for (let step = 0; step < limit; step++) {
      const active = attempts.filter(
        ({ row, score, left }) => score >= rows[row]!.threshold && left.length > 0,
      );
      if (active.length === 0) break;
      const candidates = active.flatMap(({ current, donor, left }) =>
        left.map(({ columns }) => exchanged(current, donor, columns)),
      );
      const scores = await this.#scores(candidates);
      let at = 0;
      for (const attempt of active) {
        let best = 0;
        for (let i = 1; i < attempt.left.length; i++) if (scores[at + i]! < scores[at + best]!) best = i;
        const unit = attempt.left[best]!;
        attempt.taken.push({ unit, drop: attempt.score - scores[at + best]! });
        attempt.score = scores[at + best]!;
        attempt.current.set(candidates[at + best]!);
        at += attempt.left.length;
        attempt.left = attempt.left.filter((other) => other !== unit);
      }
    }
    return attempts;
  }

  /** By how much each topic of the exchanged themes lowers the score by itself. */
  async #dropsOfTopics(
    rows: readonly FlaggedRow[],
    best: readonly (Attempt | undefined)[],
    before: ArrayLike<number>,
  ): Promise<ReadonlyMap<number, number>[]> {
    const { topics } = this.#words;
    const asked = rows.flatMap(({ values }, row) => {
      const attempt = best[row];
      if (attempt === undefined) return [];
      const numbers = new Set(
        attempt.taken.flatMap(({ unit }) => unit.columns.map((column) => topics.of[column]!)),
      );
      return Array.from(numbers, (topic) => ({
        row,
        topic,
        candidate: exchanged(values, attempt.donor, topics.list[topic]!.members),
      }));
    });
    const scores = await this.#scores(asked.map(({ candidate }) => candidate));
    const drops = rows.map(() => new Map<number, number>());
    asked.forEach(({ row, topic }, i) => drops[row]!.set(topic, before[row]! - scores[i]!));
    return drops;
  }

  /**
   * How much of the way from the row to the normal one the first theme must go, the others being as usual: the least part
   * from which on the row is not flagged; absent where nothing less than all of it would do, or not even that.
   */
  async #limits(
    rows: readonly FlaggedRow[],
    best: readonly (Attempt | undefined)[],
  ): Promise<(number | undefined)[]> {
    const asked = best.map((attempt, row) =>
      attempt !== undefined && attempt.taken.length > 0 && attempt.score < rows[row]!.threshold
        ? attempt
        : undefined,
    );
    const candidates = asked.flatMap((attempt) => {
      if (attempt === undefined) return [];
      const { values } = rows[attempt.row]!;
      const [first, ...others] = mainFirst(attempt.taken);
      const start = exchanged(
        values,
        attempt.donor,
        others.flatMap(({ unit }) => unit.columns),
      );
      return Array.from({ length: limitSteps - 1 }, (_, step) =>
        partWay(start, attempt.donor, first!.unit.columns, (step + 1) / limitSteps),
      );
    });
    const scores = await this.#scores(candidates);
    let at = 0;
    return asked.map((attempt) => {
      if (attempt === undefined) return undefined;
      const { threshold } = rows[attempt.row]!;
      let step = limitSteps - 1;
      while (step > 0 && scores[at + step - 1]! < threshold) step--;
      at += limitSteps - 1;
      return step === limitSteps - 1 ? undefined : (step + 1) / limitSteps;
    });
  }

  /** One statement for each exchanged theme, then the strongest others of these themes while there is room. */
  #word(
    { values }: FlaggedRow,
    { donor, taken }: Attempt,
    drops: ReadonlyMap<number, number>,
    before: number,
    limit: number,
  ): Reason[] {
    const contrast = { values, usual: donor, at: 0 };
    const share = (drop: number) => (before > 0 ? Math.min(1, Math.max(0, drop / before)) : 0);
    const first: Reason[] = [];
    const spare: Reason[] = [];
    let room = limit - taken.length;
    for (const { unit, drop } of mainFirst(taken)) {
      const said = this.#ofUnit(unit, contrast, drops).slice(0, 1 + room);
      const carried = said.reduce((sum, statement) => sum + statement.drop, 0);
      said.forEach(({ drop: own, ...statement }, i) => {
        // What a theme carries is divided among its statements as each would carry it alone.
        const part = carried > 0 ? own / carried : 1 / said.length;
        (i === 0 ? first : spare).push({ ...statement, share: share(drop * part) });
      });
      room -= Math.max(0, said.length - 1);
    }
    const [main, ...others] = [...first, ...spare];
    return main === undefined ? [] : [main, ...others.sort((a, b) => b.share - a.share)];
  }

  /**
   * What there is to say of a theme, best first: what would lower the score most by itself, and is rare as well, because
   * a reader believes that a rare value matters. Later statements carry at least a third of what the first does.
   */
  #ofUnit(unit: Unit, contrast: Contrast, drops: ReadonlyMap<number, number>): Said[] {
    const { topics } = this.#words;
    const said = [...new Set(unit.columns.map((column) => topics.of[column]!))].flatMap((topic): Said[] => {
      const statement = this.#words.ofTopic(topics.list[topic]!, contrast, (column) =>
        this.#scaledApart(column, contrast),
      );
      return statement === undefined ? [] : [{ ...statement, drop: Math.max(0, drops.get(topic)!) }];
    });
    const weight = ({ drop, rarity }: Said) => drop * (rarity === undefined ? 1 : -Math.log10(rarity)) ** 2;
    return said
      .sort((a, b) => weight(b) - weight(a))
      .filter(({ drop }, i) => i === 0 || drop > leastOfFirst * said[0]!.drop);
  }

  #scaledApart(
    column: number,
    { values, usual }: { readonly values: Float32Array; readonly usual: Float32Array },
  ): number {
    return Math.abs(values[column]! - usual[column]!) * this.#neighbours.scale[column]!;
  }

  #example(index: number): Float32Array {
    const { width, values } = this.#examples;
    return values.subarray(index * width, (index + 1) * width);
  }

  async #scores(rows: readonly Float32Array[]): Promise<ArrayLike<number>> {
    if (rows.length === 0) return [];
    const { width } = this.#examples;
    const matrix = new Float32Array(rows.length * width);
    rows.forEach((row, i) => matrix.set(row, i * width));
    return await this.#score(matrix, rows.length);
  }
}

/** Families of one theme are one unit; of a family without a theme, each topic is one. */
function unitsOf({ topics, columns }: ReasonWords, families: ExplainerParts["families"]): Unit[] {
  const themeOf = columns.map((_, column) => {
    const family = families.find(({ at, width }) => column >= at && column < at + width);
    return (family && themeOfFamily.get(family.id)) ?? topics.list[topics.of[column]!]!.id;
  });
  return [...new Set(themeOf)].map((id) => ({
    id,
    columns: columns.flatMap((_, column) => (themeOf[column] === id ? [column] : [])),
  }));
}

function exchanged(values: Float32Array, donor: Float32Array, columns: readonly number[]): Float32Array {
  const row = values.slice();
  for (const column of columns) row[column] = donor[column]!;
  return row;
}

function partWay(
  values: Float32Array,
  donor: Float32Array,
  columns: readonly number[],
  part: number,
): Float32Array {
  const row = values.slice();
  for (const column of columns) row[column] = values[column]! + part * (donor[column]! - values[column]!);
  return row;
}

/** The exchange that lowered the score most stands first; the limit is about it. */
function mainFirst(taken: Attempt["taken"]): Attempt["taken"] {
  return [...taken].sort((a, b) => b.drop - a.drop);
}

/** The attempt that reached normal with the fewest exchanges; of equally short ones, and where none did, the lowest score. */
function shortest(attempts: readonly Attempt[], threshold: number): Attempt | undefined {
  const length = ({ score, taken }: Attempt) => (score < threshold ? taken.length : Infinity);
  let best: Attempt | undefined;
  for (const attempt of attempts) {
    if (
      best === undefined ||
      length(attempt) < length(best) ||
      (length(attempt) === length(best) && attempt.score < best.score)
    )
      best = attempt;
  }
  return best;
}

function chosen(
  { width, values, connections }: NormalExamples,
  isChosen: (index: number) => boolean,
): NormalExamples {
  const kept = connections.flatMap((_, i) => (isChosen(i) ? [i] : []));
  const rows = new Float32Array(kept.length * width);
  kept.forEach((from, to) => rows.set(values.subarray(from * width, (from + 1) * width), to * width));
  return { width, values: rows, connections: kept.map((i) => connections[i]!) };
}
