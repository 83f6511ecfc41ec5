import fc from "fast-check";
import { expect, test } from "vitest";
import { calendarBins, type Quarter } from "../../src/explore/day-bins.ts";
import { localClock, localDate, openZone, period } from "../../src/explore/zone.ts";

const utc = (text: string) => Date.parse(text) / 1000;

/** Date and minute of day as the runtime's own calendar has them. */
function plainClock(zone: string, seconds: number): { date: string; halfHour: number } {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  const [date, time] = format.format(seconds * 1000).split(" ") as [string, string];
  const [hour, minute] = time.split(":").map(Number) as [number, number];
  return { date, halfHour: hour * 2 + (minute >= 30 ? 1 : 0) };
}

const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "America/Sao_Paulo",
  "Australia/Lord_Howe",
  "Pacific/Apia",
];

test("a name that is no zone is refused, saying what was expected", () => {
  expect(() => openZone("Mars/Olympus")).toThrow(
    '--timezone expects the IANA name of a time zone, such as Europe/Berlin or UTC, found "Mars/Olympus"',
  );
});

test("clocks of every zone agree with the runtime's calendar, summer time included", () => {
  const moment = fc.integer({ min: utc("2009-01-01T00:00:00Z"), max: utc("2026-12-31T00:00:00Z") });
  fc.assert(
    fc.property(fc.constantFrom(...zones), moment, (name, seconds) => {
      const zone = openZone(name);
      const local = localClock(zone, seconds - 86_400 * 200, seconds + 86_400 * 200)(seconds);
      const { date, halfHour } = plainClock(name, seconds);
      expect([localDate(local), Math.floor((local % 86_400) / 1800)]).toEqual([date, halfHour]);
    }),
    { numRuns: 150 },
  );
});

test("changes of the clock are found to the second", () => {
  const year = [utc("2025-01-01T00:00:00Z"), utc("2026-01-01T00:00:00Z")] as const;
  expect(openZone("Europe/Berlin").changes(...year)).toEqual([
    utc("2025-03-30T01:00:00Z"),
    utc("2025-10-26T01:00:00Z"),
  ]);
  expect(openZone("Asia/Kolkata").changes(...year)).toEqual([]);
});

test("periods name the local day once where it is one", () => {
  const berlin = openZone("Europe/Berlin");
  expect(period(berlin, utc("2025-02-27T13:02:10Z"), utc("2025-02-27T13:31:50Z"))).toBe(
    "on 2025-02-27 between 14:02 and 14:31",
  );
  expect(period(berlin, utc("2025-02-27T23:30:00Z"), utc("2025-02-28T01:00:00Z"))).toBe(
    "on 2025-02-28 between 00:30 and 02:00",
  );
  expect(period(berlin, utc("2025-02-27T22:30:00Z"), utc("2025-02-27T23:30:00Z"))).toBe(
    "between 2025-02-27 23:30 and 2025-02-28 00:30",
  );
});

test.each(zones)("half hours of local days in %s are what a calendar says of each connection", (name) => {
  // Across both changes of 2025 in Europe, and one in the Americas.
  for (const from of ["2025-03-29T05:00:00Z", "2025-10-25T05:00:00Z", "2025-11-01T12:10:00Z"].map(utc)) {
    const times = Array.from({ length: 900 }, (_, k) => from + k * 263.7);
    const quarters = new Map<number, Quarter>();
    for (const ts of times) {
      const start = Math.floor(ts / 900) * 900;
      const before = quarters.get(start) ?? { start, connections: 0, bytes: 0 };
      quarters.set(start, { start, connections: before.connections + 1, bytes: before.bytes + 10 });
    }
    const span = { from: times[0]!, to: times.at(-1)! };
    const { days, week } = calendarBins([...quarters.values()], span, openZone(name));
    const expected = new Map<string, number>();
    for (const ts of times) {
      const { date, halfHour } = plainClock(name, ts);
      const key = `${date} ${halfHour}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const found = days.flatMap(({ date, connections }) =>
      connections.flatMap((count, bin) =>
        count === null || count === 0 ? [] : [[`${date} ${bin}`, count] as const],
      ),
    );
    expect(new Map(found)).toEqual(expected);
    expect(days.map(({ date }) => date)).toEqual([...new Set(times.map((ts) => plainClock(name, ts).date))]);
    // Bytes come with the connections.
    for (const day of days)
      day.bytes.forEach((sum, bin) =>
        expect(sum).toBe(day.connections[bin] === null ? null : 10 * day.connections[bin]!),
      );
    expect(week.flat().some((mean) => mean !== null && mean > 0)).toBe(true);
  }
});

test("where the clock is put forward there is no data, where it is put back there is twice as much", () => {
  const berlin = openZone("Europe/Berlin");
  const everyQuarter = (from: number, to: number) =>
    Array.from({ length: (to - from) / 900 }, (_, k) => ({
      start: from + k * 900,
      connections: 1,
      bytes: 1,
    }));
  const [spring, summer] = [utc("2025-03-29T23:00:00Z"), utc("2025-03-30T22:00:00Z")];
  const forward = calendarBins(everyQuarter(spring, summer), { from: spring, to: summer - 1 }, berlin).days;
  expect(forward).toHaveLength(1);
  expect(forward[0]!.connections.slice(2, 8)).toEqual([2, 2, null, null, 2, 2]);
  const [autumn, winter] = [utc("2025-10-25T22:00:00Z"), utc("2025-10-26T23:00:00Z")];
  const back = calendarBins(everyQuarter(autumn, winter), { from: autumn, to: winter - 1 }, berlin).days;
  expect(back[0]!.connections.slice(2, 8)).toEqual([2, 2, 4, 4, 2, 2]);
});

test("what the log does not reach and what lies in a gap is no data, what is silent is 0", () => {
  const from = utc("2025-05-01T10:05:00Z");
  const to = utc("2025-05-01T15:40:00Z");
  const quarters = [from, to].map((ts) => ({ start: Math.floor(ts / 900) * 900, connections: 1, bytes: 0 }));
  const gap = { from: utc("2025-05-01T11:50:00Z"), to: utc("2025-05-01T13:10:00Z") };
  const [day] = calendarBins(quarters, { from, to }, openZone("UTC"), [gap]).days;
  const bins = day!.connections;
  expect(bins.slice(0, 20)).toEqual(Array(20).fill(null));
  expect(bins.slice(20, 24)).toEqual([1, 0, 0, 0]);
  expect(bins.slice(24, 26)).toEqual([null, null]);
  expect(bins.slice(26, 32)).toEqual([0, 0, 0, 0, 0, 1]);
  expect(bins.slice(32)).toEqual(Array(16).fill(null));
});

test("the usual day is the median of at least three days; the week map is a mean over covered hours", () => {
  const from = utc("2025-05-05T00:00:00Z");
  const counts = [1, 5, 2];
  const quarters = counts.flatMap((connections, day) =>
    Array.from({ length: 96 }, (_, k) => ({ start: from + day * 86_400 + k * 900, connections, bytes: 0 })),
  );
  const span = { from, to: from + 3 * 86_400 - 1 };
  const { usual, week } = calendarBins(quarters, span, openZone("UTC"));
  expect(usual).toEqual(Array(48).fill(4));
  expect(week.map((hours) => hours[0])).toEqual([4, 20, 8, null, null, null, null]);
  expect(calendarBins(quarters, { from, to: from + 86_400 }, openZone("UTC")).usual).toBeUndefined();
});
