import fc from "fast-check";
import { expect, test } from "vitest";
import {
  beyondOthers,
  casesIn,
  countCase,
  moveCase,
  othersAsLarge,
  VOLUME_WORDS,
} from "../../../src/detect/detectors/volumes.ts";

const MOST = 1e6;
const AT = 3;
const anyBytes = fc.double({ min: 0, max: 40, noNaN: true }).map((octaves) => 2 ** octaves);
const anyCases = fc.array(anyBytes, { minLength: 1, maxLength: 60 });

function counted(cases: readonly number[], most = MOST): Float32Array {
  const counts = new Float32Array(AT + VOLUME_WORDS);
  for (const bytes of cases) countCase(counts, AT, bytes, most);
  return counts;
}

test("as many are as large as a count of them all says, within the octave", () => {
  fc.assert(
    fc.property(anyCases, anyBytes, (cases, bytes) => {
      const found = othersAsLarge(counted(cases), AT, bytes, 0);
      const place = Math.max(bytes, 512);
      expect(found).toBeGreaterThanOrEqual(cases.filter((one) => one >= 2 * place).length - 1e-3);
      expect(found).toBeLessThanOrEqual(cases.filter((one) => Math.max(one, 512) > place / 2).length + 1e-3);
    }),
  );
});

test("a case that grows is the same as one that was as large from the start, and is none of the others", () => {
  fc.assert(
    fc.property(anyCases, anyBytes, anyBytes, (cases, first, more) => {
      const grown = first + more;
      const counts = counted([...cases, first]);
      moveCase(counts, AT, first, grown);
      expect(counts).toEqual(counted([...cases, grown]));
      const alone = counted(cases);
      for (const bytes of [first, grown])
        expect(othersAsLarge(counts, AT, bytes, grown)).toBeCloseTo(othersAsLarge(alone, AT, bytes, 0), 3);
      expect(beyondOthers(counts, AT, grown)).toBe(beyondOthers(alone, AT, 0));
    }),
  );
});

test("nothing was larger than what is beyond all others", () => {
  fc.assert(
    fc.property(anyCases, (cases) => {
      const largest = Math.max(512, ...cases);
      const beyond = beyondOthers(counted(cases), AT, 0);
      expect(beyond).toBeGreaterThan(largest * (1 - 1e-9));
      expect(beyond).toBeLessThanOrEqual(2 * largest * (1 + 1e-9));
      expect(othersAsLarge(counted(cases), AT, beyond * 1.001, 0)).toBeCloseTo(0, 4);
    }),
  );
});

test("old cases count less, and never more of them are kept than was said", () => {
  const counts = counted(
    Array.from({ length: 5000 }, (_, i) => (i < 1000 ? 1e9 : 1e4)),
    1000,
  );
  expect(casesIn(counts, AT)).toBeLessThanOrEqual(1000);
  expect(othersAsLarge(counts, AT, 1e8, 0)).toBeLessThan(50);
});
