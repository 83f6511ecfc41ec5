import fc from "fast-check";
import { expect, test } from "vitest";
import { ScoredTraffic } from "../../src/output/score-traffic.ts";
import type { Batch } from "../../src/zeek/index.ts";

function scored(ts: readonly number[], flagged: readonly number[]) {
  const batch = { rows: ts.length, ts: Float64Array.from(ts) } as unknown as Batch;
  return { batch, flagged: Uint8Array.from(flagged) };
}

test("no row is lost and none counted twice, whatever the times", () => {
  const row = fc.tuple(fc.double({ min: 0, max: 7e9, noNaN: true }), fc.constantFrom(0, 1));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), fc.nat(60), (rows, cut) => {
      const traffic = new ScoredTraffic("UTC");
      for (const part of [rows.slice(0, cut), rows.slice(cut)])
        traffic.add(
          scored(
            part.map(([ts]) => ts),
            part.map(([, flag]) => flag),
          ),
        );
      const { start, bin, ...bins } = traffic.timeline()!;
      expect(bins.rows.length).toBeLessThanOrEqual(600);
      bins.rows.forEach((count, i) => {
        const inside = rows.filter(([ts]) => ts >= start + i * bin && ts < start + (i + 1) * bin);
        expect([count, bins.flagged[i]]).toEqual([inside.length, inside.filter(([, flag]) => flag).length]);
      });
      const days = traffic.days();
      expect(days).toEqual(
        [...Map.groupBy(rows, ([ts]) => new Date(ts * 1000).toISOString().slice(0, 10))]
          .map(([day, inside]) => ({
            day,
            rows: inside.length,
            flagged: inside.filter(([, flag]) => flag).length,
          }))
          .sort((a, b) => (a.day < b.day ? -1 : 1)),
      );
    }),
    { numRuns: 100 },
  );
});

test("days are those of the zone, also where the clock is put forward", () => {
  const traffic = new ScoredTraffic("Europe/Berlin");
  const at = (text: string) => Date.parse(text) / 1000;
  // The day of 30 March 2025 lasts from 23:00 to 22:00 UTC.
  const times = [
    "2025-03-29T22:59:59Z",
    "2025-03-29T23:00:00Z",
    "2025-03-30T21:59:59Z",
    "2025-03-30T22:00:00Z",
  ];
  traffic.add(scored(times.map(at), [0, 1, 0, 0]));
  expect(traffic.days()).toEqual([
    { day: "2025-03-29", rows: 1, flagged: 0 },
    { day: "2025-03-30", rows: 2, flagged: 1 },
    { day: "2025-03-31", rows: 1, flagged: 0 },
  ]);
});

test("times from nowhere cannot fill the memory", () => {
  const traffic = new ScoredTraffic("UTC");
  const times = Array.from({ length: 20_000 }, (_, i) => i * 350_000);
  traffic.add(
    scored(
      times,
      times.map(() => 0),
    ),
  );
  expect(traffic.days().length).toBe(4000);
  expect(traffic.uncounted).toBe(20_000 - traffic.days().reduce((sum, { rows }) => sum + rows, 0));
  expect(traffic.timeline()!.rows.reduce((sum, rows) => sum + rows)).toBe(20_000);
});
