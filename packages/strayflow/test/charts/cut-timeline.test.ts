import fc from "fast-check";
import { expect, test } from "vitest";
import { cutTimeline } from "../../src/charts/cut-timeline.ts";
import type { TimelineSpec } from "../../src/charts/spec.ts";

const spec: TimelineSpec = {
  kind: "timeline",
  id: "line",
  title: "When?",
  quantity: "count",
  axis: "connections",
  zone: "UTC",
  start: 1000,
  bin: 10,
  form: "line",
  series: [{ name: "connections", values: Array.from({ length: 50 }, (_, bin) => bin) }],
  marks: [
    { from: 1005, to: 1020, label: "early", severity: 1 },
    { from: 1400, to: 1410, label: "late", severity: 2 },
  ],
};

test("what is cut out of a time line keeps its times and its values, whole bins, at least two", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 2000, noNaN: true }),
      fc.double({ min: 1, max: 900, noNaN: true }),
      (from, length) => {
        const cut = cutTimeline(spec, { from, to: from + length });
        const values = cut.series[0]!.values;
        expect(values.length).toBeGreaterThanOrEqual(2);
        expect(values[0]).toBe((cut.start - spec.start) / spec.bin);
        expect(values.at(-1)! - values[0]!).toBe(values.length - 1);
        const holdsFrom = cut === spec || from < spec.start || cut.start <= from;
        expect(holdsFrom).toBe(true);
      },
    ),
  );
});

test("marks outside of the range go, a range beside the time line changes nothing", () => {
  expect(cutTimeline(spec, { from: 1380, to: 1450 }).marks?.map(({ label }) => label)).toEqual(["late"]);
  expect(cutTimeline(spec, { from: 5000, to: 6000 })).toBe(spec);
  expect(cutTimeline(spec, undefined)).toBe(spec);
});
