import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keepHighest } from "../../src/output/highest.ts";

test("keeps what sorting everything would keep, earlier before later", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 })),
      fc.integer({ min: 0, max: 12 }),
      (scores, limit) => {
        const highest = keepHighest<number>(limit);
        for (const [index, score] of scores.entries()) if (highest.accepts(score)) highest.add(score, index);
        const expected = scores
          .map((score, index) => ({ score, index }))
          .sort((a, b) => b.score - a.score || a.index - b.index)
          .slice(0, limit)
          .map(({ index }) => index);
        expect(highest.ranked()).toEqual(expected);
      },
    ),
  );
});
