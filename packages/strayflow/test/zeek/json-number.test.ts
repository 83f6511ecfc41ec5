import fc from "fast-check";
import { expect, test } from "vitest";
import { readDecimal } from "../../src/zeek/json-number.ts";

const out = new Float64Array(1);

function read(text: string): { readonly value: number; readonly length: number } | undefined {
  out[0] = NaN;
  const end = readDecimal(new TextEncoder().encode(`${text},\n`), 0, out, 0);
  return end < 0 ? undefined : { value: out[0]!, length: end };
}

test("a number that is read is the very double that Number() gives", () => {
  const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,17})$/);
  const fraction = fc.stringMatching(/^(\.[0-9]{1,22})?$/);
  const exponent = fc.oneof(fc.constant(""), fc.integer({ min: 0, max: 22 }).map((e) => `e-${String(e).padStart(2, "0")}`));
  let read_ = 0;
  fc.assert(
    fc.property(digits, fraction, exponent, (whole, places, power) => {
      const text = whole + places + power;
      const result = read(text);
      if (result === undefined) return;
      read_++;
      expect(result).toEqual({ value: Number(text), length: text.length });
    }),
    { numRuns: 20_000, seed: 1 },
  );
  expect(read_).toBeGreaterThan(5_000);
});

test("every double that is printed in full comes back, as Zeek's intervals do", () => {
  let slow = 0;
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1e6, noNaN: true }), (value) => {
      const result = read(String(value));
      if (result === undefined) slow++;
      else expect(result.value).toBe(value);
    }),
    { numRuns: 20_000, seed: 2 },
  );
  expect(slow).toBeLessThan(2_000);
});

test("halfway between two doubles is left to the slow way or rounded to even", () => {
  for (const text of ["9007199254740993", "9007199254740995", "900719925474099.3125", "4503599627370497.5", "4503599627370496.5"]) {
    const result = read(text);
    if (result !== undefined) expect(result.value).toBe(Number(text));
  }
});

test.each(["", "-1", ".5", "1.", "1e5", "1e-", "1e-5x", "1E+1", "x", "+1", '"1"', "NaN"])("%j is left to the slow way", (text) => {
  expect(read(text)).toBeUndefined();
});

test("leading zeros end the number, so that what follows is no JSON", () => {
  expect(read("007")).toEqual({ value: 0, length: 1 });
});
