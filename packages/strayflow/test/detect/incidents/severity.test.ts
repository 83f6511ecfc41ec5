import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PValueCount, severityOf, severityPoints } from "../../../src/detect/incidents/severity.ts";
import { seededRandom } from "../../../src/base/random.ts";

const once = { pValue: 1e-3, alerts: 1, seconds: 0, isNamed: false, isDoubtful: false };

test.each([
  ["one odd connection in a thousand", once, "low"],
  ["one in a hundred thousand", { ...once, pValue: 1e-5 }, "medium"],
  ["the same of a host without history", { ...once, pValue: 1e-5, isDoubtful: true }, "low"],
  [
    "a beacon of a day, each call 1 in 10,000",
    { ...once, pValue: 1e-4, alerts: 200, seconds: 86_400, isNamed: true },
    "high",
  ],
  [
    "a scan of a thousand ports in three minutes",
    { ...once, pValue: 1e-7, alerts: 1000, seconds: 180, isNamed: true },
    "critical",
  ],
])("%s", (_, grounds, severity) => {
  expect(severityOf(grounds)).toBe(severity);
});

test("more of anything never lowers the severity", () => {
  const anything = fc.record({
    pValue: fc.double({ min: 1e-12, max: 1, noNaN: true }),
    alerts: fc.integer({ min: 1, max: 1e6 }),
    seconds: fc.integer({ min: 0, max: 1e6 }),
    isNamed: fc.boolean(),
    isDoubtful: fc.boolean(),
  });
  fc.assert(
    fc.property(anything, (grounds) => {
      const points = severityPoints(grounds);
      expect(severityPoints({ ...grounds, pValue: grounds.pValue / 10 })).toBeGreaterThanOrEqual(points);
      expect(severityPoints({ ...grounds, alerts: grounds.alerts * 2 })).toBeGreaterThanOrEqual(points);
      expect(severityPoints({ ...grounds, seconds: grounds.seconds * 2 })).toBeGreaterThanOrEqual(points);
      expect(severityPoints({ ...grounds, isNamed: true })).toBeGreaterThanOrEqual(points);
      expect(severityPoints({ ...grounds, isDoubtful: true })).toBeLessThanOrEqual(points);
    }),
  );
});

describe("the p-value of an incident", () => {
  const simes = (...ps: number[]) => {
    const count = new PValueCount();
    for (const p of ps) count.add(p);
    return count.simes();
  };

  test("is that of its alerts where they are equally rare, and never smaller than the rarest", () => {
    expect(simes(3e-5)).toBeCloseTo(3e-5, 12);
    const many = simes(...Array.from({ length: 1000 }, () => 1e-5));
    expect(many).toBeGreaterThanOrEqual(1e-5);
    expect(many).toBeLessThan(1.4e-5);
  });

  test("counts one rare alert among many for what it is among many", () => {
    expect(simes(1e-7, ...Array.from({ length: 99 }, () => 1e-3))).toBeCloseTo(1e-5, 6);
  });

  test("is at least what Simes's test gives, and at most a third more", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-10, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 }),
        (ps) => {
          const sorted = [...ps].sort((a, b) => a - b);
          const exact = Math.min(1, ...sorted.map((p, i) => (ps.length * p) / (i + 1)));
          expect(simes(...ps)).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
          expect(simes(...ps)).toBeLessThanOrEqual(Math.min(1, exact * 1.34));
        },
      ),
    );
  });

  test("keeps its level on independent normal alerts", () => {
    const random = seededRandom("simes");
    let rare = 0;
    for (let round = 0; round < 4000; round++) {
      if (simes(...Array.from({ length: 8 }, () => random.uniform())) <= 0.05) rare++;
    }
    expect(rare / 4000).toBeLessThan(0.06);
  });

  test("of two parts is that of the whole", () => {
    const [a, b] = [new PValueCount(), new PValueCount()];
    for (const p of [1e-4, 2e-3]) a.add(p);
    for (const p of [1e-6, 5e-3]) b.add(p);
    a.merge(b);
    expect(a.simes()).toBe(simes(1e-4, 2e-3, 1e-6, 5e-3));
  });
});
