import { assert } from "../base/errors.ts";
import { formatOneIn } from "../base/units.ts";
import { clamp } from "../features/explain.ts";
import type { FeatureColumn } from "../features/family.ts";
import type { FamilyRange } from "../features/group.ts";
import type { Reason } from "./reason.ts";
import { rarityOfValue, type ValueRarities } from "./reason-rarity.ts";
import { topicsOf, type Topic, type Topics } from "./reason-topics.ts";

export interface WordOptions {
  /** Features that one family computes; without them, columns are told apart by their ids alone. */
  readonly families?: readonly Pick<FamilyRange, "id" | "at" | "width">[] | undefined;
  /** What training saw of each column: a usual value is brought back into it before it is shown. */
  readonly ranges?: readonly { readonly low: number; readonly high: number }[] | undefined;
  /** How common values are in normal traffic. */
  readonly rarities?: ValueRarities | undefined;
}

/** A row and what would be usual instead, each `at` its place in a row-major matrix. */
export interface Contrast {
  readonly values: Float32Array;
  readonly usual: Float32Array;
  readonly at: number;
}

/** A value this common says nothing about rarity. */
const commonFrom = 0.1;

/** Puts into words how a row differs from what is usual. */
export class ReasonWords {
  readonly columns: readonly FeatureColumn[];
  readonly topics: Topics;
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  readonly #rarities: ValueRarities | undefined;
  /** Columns whose value is a rarity. */
  readonly #rareByUnit: ReadonlySet<string>;

  constructor(columns: readonly FeatureColumn[], { families = [], ranges, rarities }: WordOptions = {}) {
    assert(ranges === undefined || ranges.length === columns.length, "ranges do not belong to the columns");
    this.columns = columns;
    this.topics = topicsOf(columns, families);
    this.#low = Float64Array.from(columns, (_, column) => ranges?.[column]?.low ?? -Infinity);
    this.#high = Float64Array.from(columns, (_, column) => ranges?.[column]?.high ?? Infinity);
    this.#rarities = rarities;
    this.#rareByUnit = new Set(columns.filter(({ unit }) => unit === "-ln p").map(({ id }) => id));
  }

  /** The statement about a topic, told by the column with the largest weight; absent where all reads as usual. */
  ofTopic(
    topic: Topic,
    contrast: Contrast,
    weight: (column: number) => number,
  ): Omit<Reason, "share"> | undefined {
    if (topic.kind === "choice") return this.#ofChoice(topic, contrast);
    let strongest = -1;
    let most = -Infinity;
    for (const column of topic.members) {
      if (!(weight(column) > most) || !this.#isVisible(column, contrast)) continue;
      most = weight(column);
      strongest = column;
    }
    return strongest < 0 ? undefined : this.ofColumn(strongest, contrast);
  }

  ofColumn(column: number, { values, usual, at }: Contrast): Omit<Reason, "share"> {
    const { id, explain } = this.columns[column]!;
    const value = values[at + column]!;
    const expected = this.#expected(column, usual[at + column]!);
    return {
      feature: id,
      value,
      usual: expected,
      ...this.#withRarity(explain(value, expected), id, value, expected),
    };
  }

  #ofChoice(topic: Topic, { values, usual, at }: Contrast): Omit<Reason, "share"> | undefined {
    const is = topic.members.filter((column) => values[at + column]! >= 0.5);
    const expected = expectedOf(topic, usual, at, is.length > 0);
    const [column = expected[0]] = is;
    if (column === undefined || sameColumns(is, expected)) return undefined;
    const { id } = this.columns[column]!;
    const value = values[at + column]!;
    const wouldBe = this.#expected(column, usual[at + column]!);
    const text = `${topic.of} ${this.#names(is)}; usually ${this.#names(expected)}`;
    return { feature: id, value, usual: wouldBe, ...this.#withRarity(text, id, value, wouldBe) };
  }

  /** A value that reads like the usual one, or a flag on the expected side, is no reason to a reader. */
  #isVisible(column: number, { values, usual, at }: Contrast): boolean {
    const { unit, explain } = this.columns[column]!;
    const value = values[at + column]!;
    const expected = this.#expected(column, usual[at + column]!);
    if (unit === "0 or 1") return value >= 0.5 !== expected >= 0.5;
    const apart = Math.abs(value - expected);
    if (unit.startsWith("log ")) return apart >= nearby;
    return apart > 0 && (apart > 1 || explain(value, expected) !== explain(expected, expected));
  }

  #expected(column: number, usual: number): number {
    return clamp(usual, this.#low[column]!, this.#high[column]!);
  }

  #names(columns: readonly number[]): string {
    if (columns.length === 0) return "none of those known";
    return columns.map((column) => this.columns[column]!.choice!.is).join(" and ");
  }

  #withRarity(text: string, feature: string, value: number, usual: number): Pick<Reason, "rarity" | "text"> {
    const rarity = this.#rarities && rarityOfValue(this.#rarities, feature, value, usual);
    if (rarity === undefined || rarity.p > commonFrom) return { text };
    // A rarity in words is not told twice.
    if (this.#rareByUnit.has(feature)) return { rarity: rarity.p, text };
    return {
      rarity: rarity.p,
      text: `${text}; ${formatOneIn(rarity.p)}${rarity.isBeyond ? " or rarer" : ""}`,
    };
  }
}

/** A whole reason, its parts in the order in which other programs get them. */
export function withShare(
  { feature, value, usual, rarity, text }: Omit<Reason, "share">,
  share: number,
): Reason {
  return { feature, value, usual, share, ...(rarity === undefined ? {} : { rarity }), text };
}

/** On a logarithmic scale a tenth, which no reader takes for a reason. */
const nearby = 0.1;

/** The alternatives that were expected: those that are likelier than not, else the likeliest if there must be one. */
function expectedOf(
  { members, areSeveral }: Topic,
  usual: Float32Array,
  at: number,
  needsOne: boolean,
): readonly number[] {
  const likely = members.filter((column) => usual[at + column]! >= 0.5);
  if (likely.length === 0 ? !needsOne : areSeveral || likely.length === 1) return likely;
  return [members.reduce((best, column) => (usual[at + column]! > usual[at + best]! ? column : best))];
}

function sameColumns(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((column, i) => column === b[i]);
}
