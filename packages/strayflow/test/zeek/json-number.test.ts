import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readDecimal } from "../../src/zeek/json-number.ts";

const out = new Float64Array(1);

function read(text: string): { readonly value: number; readonly length: number } | undefined {
  out[0] = NaN;
  const end = readDecimal(new TextEncoder().encode(`${text},\n`), 0, out, 0);
  return end < 0 ? undefined : { value: out[0], length: end };
}

/** How many of the texts were read, all of them rightly; the others are left to the slow way. */
function countRead(texts: fc.Arbitrary<string>, seed: number): number {
  let count = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const result = read(text);
      if (result === undefined) return true;
      count++;
      return result.value === Number(text) && result.length === text.length;
    }),
    { numRuns: 10_000, seed },
  );
  return count;
}

test("a number that is read is the very double that Number() gives", () => {
  const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,17})$/);
  const fraction = fc.stringMatching(/^(\.[0-9]{1,22})?$/);
  const exponent = fc.stringMatching(/^(e-[01][0-9])?$/);
  const texts = fc.tuple(digits, fraction, exponent).map((parts) => parts.join(""));
  expect(countRead(texts, 1)).toBeGreaterThan(2000);
});

test("nearly every double that is printed in full is read, as Zeek prints intervals", () => {
  const texts = fc.double({ min: 1e-5, max: 1e6, noNaN: true }).map(String);
  expect(countRead(texts, 2)).toBeGreaterThan(9000);
});

test.each(["9007199254740993", "9007199254740995", "4503599627370497.5", "4503599627370496.5", "0.1e-05"])(
  "%s, halfway between two doubles or near it, is read rightly or not at all",
  (text) => {
    expect(read(text)?.value ?? Number(text)).toBe(Number(text));
  },
);

test.each(["", "-1", ".5", "1.", "1e5", "1e-", "1e-5x", "1E+1", "x", "+1", '"1"', "NaN"])(
  "%j is left to the slow way",
  (text) => {
    expect(read(text)).toBeUndefined();
  },
);

test("leading zeros end the number, so that what follows is no JSON", () => {
  expect(read("007")).toEqual({ value: 0, length: 1 });
});
