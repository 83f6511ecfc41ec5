import { UNSET_BOOLEAN } from "../../zeek/batch.ts";
import type { Batch, TextColumn } from "../../zeek/batch.ts";
import type { BaselinePart } from "../block.ts";
import { countCodes, TextCounter } from "../counts.ts";

export const oneHotColumns = ["proto", "service", "conn_state", "local_orig", "local_resp"] as const;

/** The sorted categories of each one-hot column, the first of which has no column in the matrix. */
export type SeedCategories = readonly (readonly string[])[];

/** The original read an unset field as the text "-", so it is a category like any other. */
const UNSET = "-";
const booleanValues = ["F", "T", UNSET] as const;

/** The most frequent ones are kept: a log can be made to hold any number. */
const MOST_CATEGORIES = 256;
const LONGEST_CATEGORY = 100;

export const seedCategories: BaselinePart<SeedCategories> = {
  id: "seed-categories",
  learner() {
    const counters = oneHotColumns.map(() => new TextCounter());
    return {
      learn(batch, include) {
        categoriesIn(batch).forEach((column, i) => {
          countCodes(column, batch.rows, include, (code, rows) =>
            counters[i]!.add(column.values[code]!, rows),
          );
        });
      },
      finish: () => counters.map((counter) => counter.finish(MOST_CATEGORIES).names.toSorted(byCodeUnit)),
    };
  },
  encode(categories, out) {
    for (const names of categories) out.texts(names);
  },
  decode(input) {
    return oneHotColumns.map((column) => {
      const names = input.texts();
      input.expect(names.length <= MOST_CATEGORIES, `it has ${names.length} categories of ${column}`);
      input.expect(
        names.every((name, i) => i === 0 || byCodeUnit(names[i - 1]!, name) < 0),
        `its categories of ${column} are not sorted`,
      );
      return names;
    });
  },
};

/** The one-hot columns of a batch with their values as the original saw them. */
export function categoriesIn(batch: Batch): TextColumn[] {
  return [
    withUnset(batch.proto),
    withUnset(batch.service),
    withUnset(batch.conn_state),
    ofBooleans(batch.local_orig, batch.rows),
    ofBooleans(batch.local_resp, batch.rows),
  ];
}

/** Values become column ids and are shown: what a terminal could obey is taken out, and they are of bounded length. */
function withUnset({ codes, values }: TextColumn): TextColumn {
  const plain = values.slice(1).map((value) => value.slice(0, LONGEST_CATEGORY).replace(/\p{C}/gu, "?"));
  return { codes, values: [UNSET, ...plain] };
}

function ofBooleans(flags: Uint8Array, rows: number): TextColumn {
  const codes = new Uint16Array(rows);
  for (let row = 0; row < rows; row++) codes[row] = Math.min(flags[row]!, UNSET_BOOLEAN);
  return { codes, values: booleanValues };
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
