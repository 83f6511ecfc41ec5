import fc from "fast-check";
import { expect, test } from "vitest";
import { formatTime, timeScale, zoneClock } from "../../src/charts/zone-time.ts";

const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
];
const at = (text: string) => Date.parse(text) / 1000;
const zone = fc.constantFrom(...zones);
const instant = fc.integer({ min: at("1995-01-01T00:00Z"), max: at("2037-01-01T00:00Z") });

test("a local time leads back to an instant with that local time", () => {
  fc.assert(
    fc.property(zone, instant, (name, seconds) => {
      const { toLocal, toInstant } = zoneClock(name);
      expect(toLocal(toInstant(toLocal(seconds)))).toBe(toLocal(seconds));
    }),
  );
});

test("a local time that the clock jumps over is the instant of the jump", () => {
  const { toInstant } = zoneClock("Europe/Berlin");
  const jump = at("2025-03-30T01:00:00Z");
  expect(toInstant(Date.UTC(2025, 2, 30, 2, 30) / 1000)).toBe(jump);
  expect(toInstant(Date.UTC(2025, 2, 30, 3, 0) / 1000)).toBe(jump);
});

test("times are written in the zone, as finely as asked", () => {
  const seconds = at("2025-02-27T13:02:05.25Z");
  expect(formatTime(seconds, "Europe/Berlin")).toBe("2025-02-27 14:02:05");
  expect(formatTime(seconds, "Europe/Berlin", "exact")).toBe("2025-02-27 14:02:05.25");
  expect(formatTime(seconds, "UTC", "minute")).toBe("2025-02-27 13:02");
  expect(formatTime(seconds, "Asia/Kathmandu", "day")).toBe("2025-02-27");
  expect(formatTime(null, "UTC")).toBe("–");
  expect(formatTime(1e300, "UTC")).toBe("–");
});

test("ticks lie within the axis, ascend, and stand at midnights across a change of the clock", () => {
  const { ticks } = timeScale("Europe/Berlin", at("2025-03-27T23:00Z"), at("2025-04-02T22:00Z"), 7);
  expect(ticks.map(({ text }) => text)).toEqual([
    "28 Mar 2025",
    "29 Mar",
    "30 Mar",
    "31 Mar",
    "1 Apr",
    "2 Apr",
    "3 Apr",
  ]);
  const hours = ticks.slice(1).map((tick, index) => (tick.at - (ticks[index]?.at ?? 0)) / 3600);
  expect(hours).toEqual([24, 24, 23, 24, 24, 24]);
});

test("any span gives a few ticks, in order and inside", () => {
  fc.assert(
    fc.property(zone, instant, fc.double({ min: 0, max: 9 }), (name, start, power) => {
      const end = start + Math.round(10 ** power);
      const { ticks, max } = timeScale(name, start, end, 8);
      expect(ticks.length).toBeLessThan(20);
      for (const [index, tick] of ticks.entries()) {
        expect(tick.at).toBeGreaterThanOrEqual(start);
        expect(tick.at).toBeLessThanOrEqual(max);
        expect(tick.at).toBeGreaterThan(ticks[index - 1]?.at ?? Number.NEGATIVE_INFINITY);
      }
    }),
  );
});
