import { expect, test } from "vitest";
import { cutWithinBudget, learnIncidentRates, type IncidentRates } from "../../src/detect/incident-rates.ts";
import { seededRandom } from "../../src/base/random.ts";

/** Normal traffic of some days: rare rows come alone, or in bursts of one host. */
function calibration(days: number, perDay: number, seed: number) {
  const random = seededRandom(seed);
  const rows = days * perDay;
  const end = Float64Array.from({ length: rows }, () => random.uniform() * days * 86_400).sort();
  const numbers = (limit: number) => Uint32Array.from({ length: rows }, () => random.integer(limit));
  return {
    end,
    originator: numbers(50),
    responder: numbers(200),
    port: numbers(20),
    pValue: Float64Array.from(end, () => random.uniform()),
  };
}

test("a budget gives the p-value that keeps other days of the same traffic near it", () => {
  const rates = learnIncidentRates(calibration(10, 20_000, 1), 10);
  for (const budget of [2, 10, 40]) {
    const { pValue, doubt } = cutWithinBudget(rates, budget);
    expect(doubt).toBeUndefined();
    const later = learnIncidentRates(calibration(20, 20_000, 2), 20).rates;
    const near = later.reduce((a, b) =>
      Math.abs(Math.log(b.pValue / pValue)) < Math.abs(Math.log(a.pValue / pValue)) ? b : a,
    );
    expect(near.perDay).toBeGreaterThan(budget / 2);
    expect(near.perDay).toBeLessThan(budget * 2);
  }
});

test("a larger budget never flags less", () => {
  const rates = learnIncidentRates(calibration(5, 5000, 3), 5);
  const cuts = [0.1, 0.5, 1, 3, 10, 30, 100, 1e4].map((budget) => cutWithinBudget(rates, budget).pValue);
  expect(cuts.toSorted((a, b) => a - b)).toEqual(cuts);
  expect(cuts.every((cut) => cut > 0 && cut <= 0.0100001)).toBe(true);
});

test("a calibration that is too short for the budget says so", () => {
  const rates = learnIncidentRates(calibration(1, 2000, 4), 0.2);
  expect(cutWithinBudget(rates, 10).doubt).toBe(
    "the model was calibrated on 4.8 hours, in which 10 a day is 2 incidents: too few to tell that rate from another",
  );
});

test("without any calibration there is a cut and a doubt", () => {
  const none: IncidentRates = { days: 0, rates: [] };
  expect(cutWithinBudget(none, 10)).toMatchObject({ pValue: 0.001, perDay: 0, doubt: expect.any(String) });
});
