import { expect, test } from "vitest";
import { figuresOf, figuresOfProduct } from "../../src/evaluate/figures.ts";
import type { TestRows } from "../../src/evaluate/seed-figures.ts";

const calibration = Float64Array.from({ length: 100 }, (_, i) => i);

/** Two normal rows, three of a scan, two of a beacon, a day apart each. */
const rows: TestRows = {
  host: Uint32Array.of(1, 2, 3, 3, 3, 4, 4),
  start: Float64Array.of(0, 86_400, 90, 190, 290, 1000, 172_800),
  end: Float64Array.of(0, 86_400, 100, 200, 300, 1000, 172_800),
  truth: Uint16Array.of(0, 0, 1, 1, 1, 2, 2),
  labels: ["", "scan", "beacon"],
  warmUp: 0,
};

test("cuts come from the calibration rows, whatever the test rows score", () => {
  const low = figuresOf(
    rows,
    [{ calibration, test: Float64Array.of(1, 99.5, 98.5, 99.5, 200, 5, 99.5) }],
    [0.01, 0.001],
  );
  expect(low.tpr).toEqual({ "0.01": 4 / 5, "0.001": null });
  expect(low.realised).toEqual({ "0.01": 1 / 2, "0.001": null });
  expect(low.by_label).toEqual({
    scan: { rows: 3, tpr: { "0.01": 1, "0.001": null } },
    beacon: { rows: 2, tpr: { "0.01": 1 / 2, "0.001": null } },
  });
  const high = figuresOf(rows, [{ calibration, test: new Float64Array(7).fill(1000) }], [0.01]);
  expect(high.realised["0.01"]).toBe(1);
});

test("figures are means over the seeds, with the range between them as spread", () => {
  const one = Float64Array.of(1, 1, 200, 200, 200, 200, 200);
  const other = Float64Array.of(1, 200, 200, 1, 1, 1, 1);
  const figures = figuresOf(
    rows,
    [
      { calibration, test: one },
      { calibration, test: other },
    ],
    [0.01],
  );
  expect(figures.tpr["0.01"]).toBeCloseTo(0.6, 12);
  expect(figures.realised["0.01"]).toBeCloseTo(0.25, 12);
  expect(figures.spread.seeds).toBe(2);
  expect(figures.spread.tpr["0.01"]).toBeCloseTo(0.8, 12);
  expect(figures.spread.realised["0.01"]).toBeCloseTo(0.5, 12);
  expect(figures.incidents!.found).toBe(2);
});

test("rows of the warm-up are not counted", () => {
  const figures = figuresOf(
    { ...rows, warmUp: 3 },
    [{ calibration, test: new Float64Array(7).fill(200) }],
    [0.01],
  );
  expect(figures.realised["0.01"]).toBeNull();
  expect(figures.by_label["scan"]!.rows).toBe(2);
  const late = figuresOf(
    { ...rows, warmUp: 5 },
    [{ calibration, test: new Float64Array(7).fill(200) }],
    [0.01],
  );
  expect(late.incidents).toMatchObject({ found: 2, of: 2 });
});

test("without attacks only the false alarms are known", () => {
  const quiet = { ...rows, truth: new Uint16Array(7), labels: [""] };
  const figures = figuresOf(quiet, [{ calibration, test: Float64Array.of(1, 1, 1, 1, 1, 1, 200) }], [0.01]);
  expect(figures).toMatchObject({ roc_auc: null, pr_auc: null, tpr: { "0.01": null }, by_label: {} });
  expect(figures.realised["0.01"]).toBeCloseTo(1 / 7, 12);
  expect(figures.incidents).toMatchObject({ found: 0, of: 0, false_per_day: 0.5, rate: 0.01 });
});

test("the product is cut by its own p-values, and ranked by them, ties by score", () => {
  const incidents = { found: 1, of: 2, false_per_day: 3, detection_seconds: 4, rate: 0.01 };
  const pValue = Float64Array.of(0.01, 0.5, 0.01, 0.01, 0.001, 0.5, 1);
  const figures = (score: Float64Array) =>
    figuresOfProduct(rows, [{ pValue, score, incidents }], [0.01, 0.001]);
  const tied = figures(new Float64Array(7));
  expect(tied.tpr).toEqual({ "0.01": 3 / 5, "0.001": 1 / 5 });
  expect(tied.realised).toEqual({ "0.01": 1 / 2, "0.001": 0 });
  expect(tied.incidents).toEqual(incidents);
  expect(tied.roc_auc).toBeCloseTo((2 + 0.5 * 2 + 2 * 0.5 + 0.5 + 0.5 + 1) / 10, 1);
  const split = figures(Float64Array.of(1, 0, 2, 2, 0, 1, 0));
  expect(split.tpr).toEqual(tied.tpr);
  expect(split.roc_auc).toBe((2 + 2 + 2 + 1 + 0) / 10);
});
