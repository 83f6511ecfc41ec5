import { expect, test } from "vitest";
import { parseBudget } from "../../src/cli/budget-option.ts";

test("a budget is a number a day, or a week", () => {
  expect([undefined, "20/day", "20", "2.5/d", "7/week", "14/W"].map(parseBudget)).toEqual([
    undefined,
    20,
    20,
    2.5,
    1,
    2,
  ]);
});

test.each(["", "0", "-3/day", "20/hour", "many", "1e9", "NaN/day", "20/day; rm"])(
  "%j is no budget",
  (text) => {
    expect(() => parseBudget(text)).toThrow(
      /--budget expects a number of incidents such as 20\/day or 5\/week, found/,
    );
  },
);
