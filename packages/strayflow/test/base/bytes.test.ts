import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../../src/base/bytes.ts";
import { ExpectedError } from "../../src/base/errors.ts";

const value = fc.oneof(
  fc.record({ kind: fc.constant("uint8" as const), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("uint32" as const), value: fc.integer({ min: 0, max: 0xffffffff }) }),
  fc.record({ kind: fc.constant("float64" as const), value: fc.double() }),
  fc.record({ kind: fc.constant("text" as const), value: fc.string({ unit: "grapheme", maxLength: 2000 }) }),
  fc.record({ kind: fc.constant("texts" as const), value: fc.array(fc.string()) }),
  fc.record({ kind: fc.constant("bytes" as const), value: fc.uint8Array({ maxLength: 3000 }) }),
  fc.record({ kind: fc.constant("uint32Array" as const), value: fc.uint32Array({ maxLength: 600 }) }),
  fc.record({ kind: fc.constant("float64Array" as const), value: fc.float64Array({ maxLength: 600 }) }),
);

test("what was written is read back, however often the buffer had to grow", () => {
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const out = new ByteWriter();
      for (const entry of values) (out[entry.kind] as (value: unknown) => void).call(out, entry.value);
      const input = new ByteReader(out.finish(), "a test");
      for (const entry of values) expect(input[entry.kind]()).toEqual(entry.value);
      input.end();
    }),
  );
});

test("large arrays of bytes lie where they belong among small ones", () => {
  const sizes = [3, 70_000, 0, 65_536, 65_535, 900, 200_000, 1];
  const out = new ByteWriter();
  for (const [i, size] of sizes.entries()) {
    out.uint8(i);
    out.bytes(new Uint8Array(size).fill(i + 1));
    out.float64Array(new Float64Array(size / 8).fill(i));
  }
  const input = new ByteReader(out.finish(), "a test");
  for (const [i, size] of sizes.entries()) {
    expect(input.uint8()).toBe(i);
    expect(input.bytes()).toEqual(new Uint8Array(size).fill(i + 1));
    expect(input.float64Array()).toEqual(new Float64Array(size / 8).fill(i));
  }
  input.end();
});

test("any bytes are read or refused, without a crash and without taking more memory than there are bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(value, { maxLength: 6 }), (bytes, order) => {
      const input = new ByteReader(bytes, "a test");
      const read = () => {
        for (const { kind } of order) input[kind]();
        input.end();
      };
      expect(["done", "model-damaged"]).toContain(outcomeOf(read));
    }),
  );
});

/** The kind of the expected error, or "done"; any other error is a bug and goes on. */
function outcomeOf(work: () => void): string {
  try {
    work();
    return "done";
  } catch (error) {
    if (error instanceof ExpectedError) return error.kind;
    throw error;
  }
}
