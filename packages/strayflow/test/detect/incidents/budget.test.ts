import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { cutWithinBudget, learnIncidentRates } from "../../../src/detect/incident-rates.ts";
import {
  IncidentGrouper,
  incidentsPerDay,
  type CalibrationRows,
} from "../../../src/detect/incidents/index.ts";
import { makeAlert, makeDetection } from "../make-alert.ts";

function cutFor(rows: CalibrationRows, budget: number, days: number) {
  return cutWithinBudget(learnIncidentRates(rows, days), budget);
}

/** Exchangeable normal traffic: p-values are uniform, hosts and times random. */
function normalRows(rows: number, days: number, seed: string, hosts = 40): CalibrationRows {
  const random = seededRandom(seed);
  const draw = (limit: number) => Uint32Array.from({ length: rows }, () => random.integer(limit));
  return {
    end: Float64Array.from({ length: rows }, () => random.uniform() * days * 86_400).sort(),
    originator: draw(hosts),
    responder: draw(hosts * 3),
    port: draw(20),
    pValue: Float64Array.from({ length: rows }, () => random.uniform()),
  };
}

test.each([2, 10, 40])("a budget of %i a day is what other traffic of the same kind then gives", (budget) => {
  const days = 40;
  const cut = cutFor(normalRows(100_000, days, "calibration"), budget, days);
  expect(cut.doubt).toBeUndefined();
  const realised = incidentsPerDay(normalRows(100_000, days, "later"), cut.pValue, days);
  expect(realised).toBeGreaterThan(budget * 0.6);
  expect(realised).toBeLessThan(budget * 1.5);
});

test("a larger budget never gives a smaller cut", () => {
  const rows = normalRows(50_000, 3, "one");
  const rates = learnIncidentRates(rows, 3);
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 500, noNaN: true }),
      fc.double({ min: 1, max: 10, noNaN: true }),
      (budget, factor) => {
        const [small, large] = [cutWithinBudget(rates, budget), cutWithinBudget(rates, budget * factor)];
        expect(large.pValue).toBeGreaterThanOrEqual(small.pValue);
        expect(large.pValue).toBeLessThanOrEqual(0.01);
      },
    ),
  );
});

test("a budget below what the traffic can show is met in proportion, and said to be a guess", () => {
  const days = 2;
  const rows = normalRows(10_000, days, "short");
  const rarest = Math.min(...rows.pValue);
  const cut = cutFor(rows, 0.05, days);
  expect(cut.doubt).toEqual(expect.any(String));
  expect(cut.pValue).toBeGreaterThan(rarest * 0.05);
  expect(cut.pValue).toBeLessThan(rarest * 0.3);
});

test("traffic without rare rows gets the largest cut", () => {
  const rows: CalibrationRows = { ...normalRows(100, 1, "quiet"), pValue: new Float64Array(100).fill(0.5) };
  expect(cutFor(rows, 5, 1)).toMatchObject({ pValue: 0.01, perDay: 0 });
});

test("it counts what the grouper makes of the same alerts", () => {
  const kinds = [
    { id: "beacon", isNamed: true },
    { id: "port-scan", isNamed: true },
    { id: "flood", isNamed: true },
  ];
  const rowsOf = fc.array(
    fc.record({
      wait: fc.nat(4000),
      originator: fc.nat(5),
      responder: fc.nat(5),
      port: fc.nat(3),
      // The last one says nothing: an unnamed alert.
      kind: fc.nat(kinds.length),
    }),
    { maxLength: 150 },
  );
  fc.assert(
    fc.property(rowsOf, (parts) => {
      let end = 0;
      const ends = parts.map(({ wait }) => (end += wait));
      const rows: CalibrationRows = {
        end: Float64Array.from(ends),
        originator: Uint32Array.from(parts, (part) => part.originator),
        responder: Uint32Array.from(parts, (part) => part.responder + 100),
        port: Uint32Array.from(parts, (part) => part.port),
        pValue: new Float64Array(parts.length).fill(1e-4),
        kind: Uint8Array.from(parts, (part) => part.kind),
        kinds,
      };
      const grouper = new IncidentGrouper();
      parts.forEach(({ originator, responder, port, kind }, i) => {
        const detections = kinds[kind] === undefined ? [] : [makeDetection(kinds[kind].id, 1e-4)];
        grouper.add(
          makeAlert({
            end: ends[i]!,
            originator: String(originator),
            responder: String(responder + 100),
            responderPort: port,
            detections,
          }),
        );
      });
      expect(incidentsPerDay(rows, 1e-3, 1)).toBe(grouper.finish().length);
    }),
    { numRuns: 60 },
  );
});
