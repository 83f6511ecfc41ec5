import { expect, test } from "vitest";
import { countIncidents } from "../../src/evaluate/incidents.ts";

const HOUR = 3600;

function rowsOf(rows: readonly (readonly [host: number, hours: number, truth: number, flagged: number])[]) {
  return {
    rows: {
      host: Uint32Array.from(rows, ([host]) => host),
      start: Float64Array.from(rows, ([, hours]) => hours * HOUR - 1),
      end: Float64Array.from(rows, ([, hours]) => hours * HOUR),
      truth: Uint16Array.from(rows, ([, , truth]) => truth),
    },
    flagged: Uint8Array.from(rows, ([, , , flagged]) => flagged),
  };
}

test("an attack of many rows, whoever sends them, is one, found by its first flagged row", () => {
  const { rows, flagged } = rowsOf([
    [1, 0, 1, 0],
    [3, 0.5, 1, 1],
    [1, 0.6, 1, 1],
    [1, 9, 1, 0],
    [2, 9, 1, 0],
    [2, 9.1, 2, 1],
  ]);
  expect(countIncidents(rows, flagged, 1)).toEqual({
    found: 2,
    of: 3,
    false_per_day: 0,
    detection_seconds: 1,
  });
});

test("flagged normal rows of one host are one false incident until an hour has passed", () => {
  const { rows, flagged } = rowsOf([
    [1, 0, 0, 1],
    [1, 0.9, 0, 1],
    [1, 1.8, 0, 1],
    [2, 1.8, 0, 1],
    [1, 3, 0, 1],
    [3, 3, 0, 0],
  ]);
  expect(countIncidents(rows, flagged, 2).false_per_day).toBe(1.5);
});

test("what an attacked host does meanwhile is not counted against the detector", () => {
  const { rows, flagged } = rowsOf([
    [1, 0, 1, 1],
    [1, 0.5, 0, 1],
    [1, 5, 0, 1],
  ]);
  expect(countIncidents(rows, flagged, 1)).toMatchObject({ found: 1, of: 1, false_per_day: 1 });
});

test("a test without length has no days to count by", () => {
  const { rows, flagged } = rowsOf([[1, 0, 0, 1]]);
  expect(countIncidents(rows, flagged, 0)).toEqual({
    found: 0,
    of: 0,
    false_per_day: null,
    detection_seconds: null,
  });
});
