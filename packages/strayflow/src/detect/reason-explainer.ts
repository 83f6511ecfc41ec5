import { assert } from "../base/errors.ts";
import type { FamilyRange } from "../features/group.ts";
import {
  exchanged,
  exchangeUnits,
  limitsOf,
  mainFirst,
  shortest,
  unitsOf,
  type Attempt,
  type FlaggedRow,
  type Unit,
} from "./reason-exchange.ts";
import { limitText } from "./reason-limit.ts";
import { NormalNeighbours, type NormalConnection, type NormalExamples } from "./reason-neighbours.ts";
import type { Reason } from "./reason.ts";
import { withShare, type Contrast, type ReasonWords } from "./reason-words.ts";

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

export type { FlaggedRow } from "./reason-exchange.ts";

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
/** A second statement of one theme must carry this part of what its first carries. */
const leastOfFirst = 1 / 3;

/** A statement, and by how much the score falls where it is not so. */
type Said = Omit<Reason, "share"> & { readonly drop: number };

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
    const score = (candidates: readonly Float32Array[]) => this.#scores(candidates);
    const donorsOf = near.map((numbers) => numbers.map((example) => this.#example(example)));
    const attempts = await exchangeUnits(rows, donorsOf, before, { units: this.#units, score, limit });
    const best = rows.map((row, i) =>
      shortest(
        attempts.filter((attempt) => attempt.row === i),
        row.threshold,
      ),
    );
    const drops = await this.#dropsOfTopics(rows, best, before);
    const limits = await limitsOf(rows, best, before, score);
    return rows.map((row, i): Explanation => {
      const similar = near[i]!.map((example) => this.#examples.connections[example]!);
      const attempt = best[i];
      if (attempt === undefined) return { reasons: [], counterfactual: undefined, similar, isWhole: false };
      const reasons = this.#word(row, attempt, drops[i]!, before[i]!, limit);
      const isWhole = attempt.score < row.threshold;
      const counterfactual = this.#limitText(row, attempt, reasons[0], limits[i]);
      return { reasons, counterfactual, similar, isWhole };
    });
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
        (i === 0 ? first : spare).push(withShare(statement, share(drop * part)));
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

  /** Of the first reason, where it is about what carries most. */
  #limitText(
    { values }: FlaggedRow,
    { donor, taken }: Attempt,
    reason: Reason | undefined,
    part: number | undefined,
  ) {
    const column = this.#words.columns.findIndex(({ id }) => id === reason?.feature);
    if (part === undefined || !mainFirst(taken)[0]?.unit.columns.includes(column)) return undefined;
    const [value, usual] = [values[column]!, donor[column]!];
    return limitText(this.#words.columns[column]!, { value, usual, part, isOneOfSeveral: taken.length > 1 });
  }

  #scaledApart(column: number, { values, usual }: Contrast): number {
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

function chosen(
  { width, values, connections }: NormalExamples,
  isChosen: (index: number) => boolean,
): NormalExamples {
  const kept = connections.flatMap((_, i) => (isChosen(i) ? [i] : []));
  const rows = new Float32Array(kept.length * width);
  kept.forEach((from, to) => rows.set(values.subarray(from * width, (from + 1) * width), to * width));
  return { width, values: rows, connections: kept.map((i) => connections[i]!) };
}
