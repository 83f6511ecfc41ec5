import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openCountingReferee } from "../../src/evaluate/referees/counting.ts";
import { makeBatch, type SomeConnection } from "../features/make-batch.ts";

const anyRows = fc.array(
  fc.record({
    ts: fc.integer({ min: 0, max: 400 }).map((tenths) => 1000 + tenths / 2),
    "id.orig_h": fc.constantFrom("10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2"),
  }),
  { maxLength: 60 },
);

function countsOf(batches: readonly (readonly SomeConnection[])[]): number[] {
  const referee = openCountingReferee();
  return batches.flatMap((rows) => {
    const out = new Float64Array(rows.length);
    referee.score(makeBatch(rows), out);
    return [...out];
  });
}

test("each row counts what its originator opened in the 60 s up to it, in any order of starts", () => {
  fc.assert(
    fc.property(anyRows, (rows) => {
      const expected = rows.map(
        (row, i) =>
          rows.filter(
            (other, j) =>
              j <= i &&
              other["id.orig_h"] === row["id.orig_h"] &&
              other.ts <= row.ts &&
              other.ts > row.ts - 60,
          ).length,
      );
      expect(countsOf([rows])).toEqual(expected);
    }),
  );
});

test("where the stream is cut into batches does not matter", () => {
  fc.assert(
    fc.property(anyRows, fc.nat(60), (rows, at) => {
      expect(countsOf([rows.slice(0, at), rows.slice(at)])).toEqual(countsOf([rows]));
    }),
  );
});

test("hundreds of thousands of spoofed sources cost no more than the rows that still count", () => {
  const referee = openCountingReferee({ latenessSeconds: 1 });
  const out = new Float64Array(1000);
  const before = process.memoryUsage().heapUsed;
  for (let batch = 0; batch < 100; batch++) {
    const rows = Array.from({ length: 1000 }, (_, i) => {
      const source = batch * 1000 + i;
      return {
        ts: batch * 100,
        "id.orig_h": `${(source >> 16) & 255}.${(source >> 8) & 255}.${source & 255}.9`,
      };
    });
    referee.score(makeBatch(rows), out);
    expect(out.every((count) => count === 1)).toBe(true);
  }
  expect((process.memoryUsage().heapUsed - before) / 1e6).toBeLessThan(60);
});

test("a row from the far future does not stop the counting", () => {
  const rows = [{ ts: 1000 }, { ts: 9e9 }, { ts: 1001 }, { ts: 1002 }].map((row) => ({
    ...row,
    "id.orig_h": row.ts === 9e9 ? "10.0.0.9" : "10.0.0.1",
  }));
  expect(countsOf([rows])).toEqual([1, 1, 2, 3]);
});
