import { expect, test } from "vitest";
import { driftDays } from "../../../src/live/drift/drift-days.ts";
import type { DriftEntry } from "../../../src/store/index.ts";

const entry = (measure: string, value: number, usual: number, column?: string): DriftEntry => ({
  sensor: "a",
  day: "2025-03-01",
  measure,
  value,
  usual,
  ...(column === undefined ? {} : { column }),
});

test("a day is put together again: its moved features worst first, and what was too little to say", () => {
  const [day, few] = driftDays([
    entry("connections", 5000, 4000),
    entry("incidents", 7, 5),
    entry("column", 0.9, 0.1, "x"),
    entry("column", 0.4, 0.1, "y"),
    entry("column", 0.95, 0.05, "z"),
    entry("outside", 0.3, 0.002, "w"),
    entry("unknown-categories", 0.01, 0, "proto"),
    entry("unknown-categories", 0.2, 0, "service"),
    { ...entry("connections", 10, 4000), day: "2025-03-02" },
  ]);
  expect(day).toMatchObject({
    connections: { value: 5000, usual: 4000 },
    incidents: { value: 7, usual: 5 },
    alertRate: { value: NaN },
    unknown: { column: "service", share: 0.2 },
  });
  expect(day!.moved!.map(({ feature }) => feature)).toEqual(["z", "x", "w"]);
  expect(few).toMatchObject({ day: "2025-03-02", moved: undefined, unknown: undefined });
});
