import type { FeatureColumn } from "../features/family.ts";
import { ReasonWords, withShare, type WordOptions } from "./reason-words.ts";

/** One statement about why a connection is unusual: a feature, or several that say the same. */
export interface Reason {
  /** Id of the feature, of several the one that carries most. */
  readonly feature: string;
  /** Raw value, in the feature's unit. */
  readonly value: number;
  /** What is usual instead: of the normal connections that resemble this one, or what the network expected here. */
  readonly usual: number;
  /** Part of the score that the statement carries, 0 to 1. */
  readonly share: number;
  /** How often normal traffic goes as far; absent where that is common, or was not measured. */
  readonly rarity?: number;
  /** The same in plain units: value, usual value and, where it is rare, how rare. */
  readonly text: string;
}

/** Row-major matrices, as wide as there are columns: raw values, what the network expected, contributions to the score. */
export interface ReasonMatrices {
  readonly values: Float32Array;
  readonly usual: Float32Array;
  /** May be negative, where a column makes the others more plausible. */
  readonly errors: Float32Array;
}

/** Three statements bring nearly all flagged rows back to normal; a fourth adds little, and is one more to read. */
const defaultReasons = 3;
/** A statement that carries less than this part of what the first one carries is not worth a reader's time. */
const leastOfFirst = 0.25;
/** Candidates beyond the limit, to replace those that say nothing. */
const spareTopics = 5;

/**
 * The reasons of single rows from the network's errors alone: fast enough for every row of a log. For rows that a person
 * will look at, `Explainer` finds better ones. Holds scratch memory: one row at a time.
 */
export class Reasons {
  readonly words: ReasonWords;
  readonly #sums: Float64Array;
  readonly #highest: Float64Array;

  constructor(columns: readonly FeatureColumn[], options: WordOptions = {}) {
    this.words = new ReasonWords(columns, options);
    this.#sums = new Float64Array(this.words.topics.list.length);
    this.#highest = new Float64Array(this.words.topics.list.length);
  }

  /** The statements that carry the score of one row, strongest first, at most `limit` and, where there are errors, never none. */
  of(row: number, { values, usual, errors }: ReasonMatrices, limit = defaultReasons): Reason[] {
    const { topics } = this.words;
    const at = row * topics.of.length;
    const total = this.#weigh(at, errors);
    if (total <= 0) return [];
    const strongest = this.#strongest(limit + spareTopics);
    const least = leastOfFirst * this.#highest[strongest[0]!]!;
    const contrast = { values, usual, at };
    const reasons: Reason[] = [];
    for (const topic of strongest) {
      if (reasons.length === limit || (reasons.length > 0 && this.#highest[topic]! < least)) break;
      const said = this.words.ofTopic(topics.list[topic]!, contrast, (column) => errors[at + column]!);
      if (said !== undefined) reasons.push(withShare(said, this.#sums[topic]! / total));
    }
    if (reasons.length > 0) return reasons.sort((a, b) => b.share - a.share);
    // Nothing is visibly off: the strongest is named all the same, for a score needs a reason.
    const first = strongest[0]!;
    const column = strongestOf(topics.list[first]!.members, errors, at);
    return [withShare(this.words.ofColumn(column, contrast), this.#sums[first]! / total)];
  }

  /** Sum and maximum of the positive errors of each topic; returns their total. */
  #weigh(at: number, errors: Float32Array): number {
    const sums = this.#sums.fill(0);
    const highest = this.#highest.fill(0);
    const { of } = this.words.topics;
    let total = 0;
    for (let column = 0; column < of.length; column++) {
      const error = errors[at + column]!;
      if (!(error > 0)) continue;
      const topic = of[column]!;
      sums[topic]! += error;
      total += error;
      if (error > highest[topic]!) highest[topic] = error;
    }
    return total;
  }

  /** By the largest error, not by the sum: a topic is not stronger for having many columns. */
  #strongest(limit: number): number[] {
    const highest = this.#highest;
    const strongest: number[] = [];
    for (let topic = 0; topic < highest.length; topic++) {
      const error = highest[topic]!;
      if (error <= 0 || (strongest.length === limit && error <= highest[strongest[limit - 1]!]!)) continue;
      let rank = strongest.length;
      while (rank > 0 && highest[strongest[rank - 1]!]! < error) rank--;
      strongest.splice(rank, 0, topic);
      if (strongest.length > limit) strongest.pop();
    }
    return strongest;
  }
}

function strongestOf(members: readonly number[], errors: Float32Array, at: number): number {
  return members.reduce((best, column) => (errors[at + column]! > errors[at + best]! ? column : best));
}
