import type { FamilyRange } from "../features/group.ts";
import type { ReasonWords } from "./reason-words.ts";
import { themeOfFamily } from "./themes.ts";

/** One flagged row that is to be explained. */
export interface FlaggedRow {
  /** Raw feature values, one a column. */
  readonly values: Float32Array;
  /** Score from which on a row like this is flagged. */
  readonly threshold: number;
}

/** Columns that one attack moves together. */
export interface Unit {
  readonly id: string;
  readonly columns: readonly number[];
}

/** A row on its way to a normal one: the units that were exchanged so far, and what each did to the score. */
export interface Attempt {
  /** Number of the row. */
  readonly row: number;
  /** The normal row. */
  readonly donor: Float32Array;
  readonly current: Float32Array;
  readonly taken: { readonly unit: Unit; readonly drop: number }[];
  left: readonly Unit[];
  score: number;
}

/** One number a row, in order. */
export type ScoreAll = (rows: readonly Float32Array[]) => Promise<ArrayLike<number>>;

/** Families of one theme are one unit; of a family without a theme, each topic is one. */
export function unitsOf(
  { topics, columns }: ReasonWords,
  families: readonly Pick<FamilyRange, "id" | "at" | "width">[],
): Unit[] {
  const themeOf = columns.map((_, column) => {
    const family = families.find(({ at, width }) => column >= at && column < at + width);
    return (family && themeOfFamily.get(family.id)) ?? topics.list[topics.of[column]!]!.id;
  });
  return [...new Set(themeOf)].map((id) => ({
    id,
    columns: columns.flatMap((_, column) => (themeOf[column] === id ? [column] : [])),
  }));
}

/**
 * Exchanges units of all rows for those of their normal counterparts, one after the other, each time the one that lowers
 * the row's score most, until the row would not be flagged or `limit` units are exchanged; at least one.
 *
 * @param donorsOf normal rows for each row; there is one attempt for each of them
 * @param before score of each row as it is
 */
export async function exchangeUnits(
  rows: readonly FlaggedRow[],
  donorsOf: readonly (readonly Float32Array[])[],
  before: ArrayLike<number>,
  {
    units,
    score,
    limit,
  }: { readonly units: readonly Unit[]; readonly score: ScoreAll; readonly limit: number },
): Promise<Attempt[]> {
  const attempts = rows.flatMap(({ values }, row) =>
    donorsOf[row]!.map((donor): Attempt => {
      const left = units.filter(({ columns }) => columns.some((column) => values[column] !== donor[column]));
      return { row, donor, current: values.slice(), taken: [], left, score: before[row]! };
    }),
  );
  const isDone = ({ row, score: reached, taken, left }: Attempt) =>
    left.length === 0 || (taken.length > 0 && reached < rows[row]!.threshold);
  for (let step = 0; step < limit; step++) {
    const active = attempts.filter((attempt) => !isDone(attempt));
    const candidates = active.flatMap(({ current, donor, left }) =>
      left.map(({ columns }) => exchanged(current, donor, columns)),
    );
    const scores = await score(candidates);
    let at = 0;
    for (const attempt of active) {
      const { left } = attempt;
      let best = 0;
      for (let i = 1; i < left.length; i++) if (scores[at + i]! < scores[at + best]!) best = i;
      const unit = left[best]!;
      attempt.taken.push({ unit, drop: attempt.score - scores[at + best]! });
      attempt.score = scores[at + best]!;
      attempt.current.set(candidates[at + best]!);
      attempt.left = left.filter((other) => other !== unit);
      at += left.length;
    }
  }
  return attempts;
}

/** The attempt that reached normal with the fewest exchanges; of equally short ones, and where none did, the lowest score. */
export function shortest(attempts: readonly Attempt[], threshold: number): Attempt | undefined {
  const length = ({ score, taken }: Attempt) => (score < threshold ? taken.length : Infinity);
  const [best] = attempts.toSorted((a, b) => {
    const [x, y] = [length(a), length(b)];
    return x === y ? a.score - b.score : x - y;
  });
  return best;
}

/** The exchange that lowered the score most stands first. */
export function mainFirst(taken: Attempt["taken"]): Attempt["taken"] {
  return [...taken].sort((a, b) => b.drop - a.drop);
}

/** Steps from a row to its normal counterpart, to find where it turns normal. */
const limitSteps = 64;

/**
 * How much of the way to the normal row the main unit of each attempt must go, the others being exchanged: the least part
 * from which on the row is not flagged. Absent where it is not flagged to begin with, or where nothing less than all of it
 * would do, or not even that.
 */
export async function limitsOf(
  rows: readonly FlaggedRow[],
  attempts: readonly (Attempt | undefined)[],
  before: ArrayLike<number>,
  score: ScoreAll,
): Promise<(number | undefined)[]> {
  const asked = attempts.map((attempt, row) => {
    const { threshold } = rows[row]!;
    return attempt !== undefined && before[row]! >= threshold && attempt.score < threshold
      ? attempt
      : undefined;
  });
  const candidates = asked.flatMap((attempt, row) => {
    if (attempt === undefined) return [];
    const { donor, taken } = attempt;
    const [main, ...others] = mainFirst(taken);
    const rest = others.flatMap(({ unit }) => unit.columns);
    const start = exchanged(rows[row]!.values, donor, rest);
    return Array.from({ length: limitSteps - 1 }, (_, step) =>
      partWay(start, donor, main!.unit.columns, (step + 1) / limitSteps),
    );
  });
  const scores = await score(candidates);
  let at = 0;
  return asked.map((attempt, row) => {
    if (attempt === undefined) return undefined;
    let step = limitSteps - 1;
    while (step > 0 && scores[at + step - 1]! < rows[row]!.threshold) step--;
    at += limitSteps - 1;
    return step === limitSteps - 1 ? undefined : (step + 1) / limitSteps;
  });
}

/** A copy of the row with some columns from another. */
export function exchanged(
  values: Float32Array,
  donor: Float32Array,
  columns: readonly number[],
): Float32Array {
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
