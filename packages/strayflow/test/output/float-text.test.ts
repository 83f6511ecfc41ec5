import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FLOAT_TEXT_BYTES, floatText, writeFloat } from "../../src/output/float-text.ts";

const float = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, min: -10, max: 10 }),
  fc.float({ noNaN: true, min: -20_000_000, max: 20_000_000 }),
  fc.integer({ min: -20_000_000, max: 20_000_000 }).map(Math.fround),
  fc.integer({ min: 0, max: 100_000_000 }).map((n) => Math.fround(n / 1e6)),
);

function kernelText(value: number): string {
  const out = new Uint8Array(FLOAT_TEXT_BYTES + 1).fill(0x23);
  const end = writeFloat(out, 1, value);
  expect(String.fromCharCode(out[0]!)).toBe("#");
  return Buffer.from(out.subarray(1, end)).toString("latin1");
}

test("the kernel writes what the plain form says, and it reads back as the same float", () => {
  fc.assert(
    fc.property(float, (value) => {
      const text = kernelText(value);
      expect(Math.fround(Number(text))).toBe(value + 0);
      expect(Number(text)).toBe(Number(floatText(value)));
    }),
    { numRuns: 20_000 },
  );
});

test("numbers are as short as they can be said", () => {
  const said = [0, -0, 1, -1, 0.1, 0.25, 1234567, 9999999.5, 1e-3, 1e-4, 3.4e38, 0.001953125, 99.99999].map(
    (value) => kernelText(Math.fround(value)),
  );
  expect(said).toEqual([
    "0",
    "0",
    "1",
    "-1",
    "0.1",
    "0.25",
    "1234567",
    "10000000",
    "0.001",
    "0.0001",
    "3.4e+38",
    "0.001953125",
    "99.99999",
  ]);
});
