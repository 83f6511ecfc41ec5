import { expect, test } from "vitest";
import { DailyBudget } from "../../src/pipeline/daily-incidents.ts";
import { makeBatch } from "../features/make-batch.ts";

const incidentRates = {
  days: 10,
  rates: [
    { pValue: 1e-4, perDay: 1 },
    { pValue: 1e-3, perDay: 10 },
  ],
};
const day = 86_400;
/** 2025-02-27 00:00:00 UTC. */
const start = 1_740_614_400;

test("asked and realised stand side by side; a day without incidents is one", () => {
  const budget = new DailyBudget({ incidentRates }, 10);
  expect(budget.cut.pValue).toBe(1e-3);
  budget.see(makeBatch([{ ts: start - 60, duration: 120 }, { ts: start + day }, { ts: start + 2 * day }]));
  // One that began before the logs did, and two on the last day.
  for (const firstSeen of [start - 60, start + 2 * day, start + 2 * day + 1]) budget.count({ firstSeen });
  expect(budget.report()).toMatchObject({
    asked_per_day: 10,
    p_value: 1e-3,
    realised: [
      { day: "2025-02-27", incidents: 1 },
      { day: "2025-02-28", incidents: 0 },
      { day: "2025-03-01", incidents: 2 },
    ],
  });
});

test("a log without a flagged connection has days of zero, and one without connections none", () => {
  const budget = new DailyBudget({ incidentRates }, 1);
  expect(budget.report().realised).toEqual([]);
  budget.see(makeBatch([{ ts: start }]));
  expect(budget.report().realised).toEqual([{ day: "2025-02-27", incidents: 0 }]);
});
