import { ExpectedError } from "../base/errors.ts";

/** Clock and calendar of one place. Seconds are since 1970; `local` seconds count what its clocks show. */
export interface Zone {
  /** IANA name, as the runtime spells it. */
  readonly name: string;
  /** What its clocks show more than UTC at that moment, seconds. */
  offsetAt(seconds: number): number;
  /** Moments in `(from, to]` at which the offset changes, such as the beginning of summer time. */
  changes(from: number, to: number): number[];
}

/**
 * The zone of an IANA name ("Europe/Berlin", "UTC"), or the machine's where none is given.
 *
 * @throws ExpectedError "usage" where there is no such zone
 */
export function openZone(name?: string): Zone {
  const format = formatOf(name);
  const offsetAt = (seconds: number) => {
    const fields = Object.fromEntries(
      format.formatToParts(Math.floor(seconds) * 1000).map(({ type, value }) => [type, Number(value)]),
    );
    const { year, month, day, hour, minute, second } = fields as Record<string, number>;
    const shown = Date.UTC(year!, month! - 1, day, hour! % 24, minute, second) / 1000;
    return shown - Math.floor(seconds);
  };
  const changes = (from: number, to: number) => {
    const found: number[] = [];
    // No place changes its clocks twice within a day.
    for (let start = from; start < to; start += DAY) {
      const end = Math.min(start + DAY, to);
      if (offsetAt(start) === offsetAt(end)) continue;
      let [before, after] = [Math.floor(start), Math.ceil(end)];
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        if (offsetAt(middle) === offsetAt(start)) before = middle;
        else after = middle;
      }
      found.push(after);
    }
    return found;
  };
  return { name: format.resolvedOptions().timeZone, offsetAt, changes };
}

/** Turns many moments of a span into local seconds, without asking the calendar for each. */
export function localClock(zone: Zone, from: number, to: number): (seconds: number) => number {
  const starts = [-Infinity, ...zone.changes(from, to)];
  const offsets = starts.map((start) => zone.offsetAt(Math.max(start, from)));
  if (starts.length === 1) return (seconds) => seconds + offsets[0]!;
  return (seconds) => {
    let piece = starts.length - 1;
    while (starts[piece]! > seconds) piece--;
    return seconds + offsets[piece]!;
  };
}

/** "2025-02-27" of local seconds. */
export function localDate(local: number): string {
  return new Date(local * 1000).toISOString().slice(0, 10);
}

/** "on 2025-02-27 between 14:02 and 14:31", on the clocks of the zone, which is named elsewhere. */
export function period(zone: Zone, from: number, to: number): string {
  const [start, end] = [from, to].map((seconds) =>
    new Date((seconds + zone.offsetAt(seconds)) * 1000).toISOString(),
  ) as [string, string];
  const [day, minute, lastDay, lastMinute] = [
    start.slice(0, 10),
    start.slice(11, 16),
    end.slice(0, 10),
    end.slice(11, 16),
  ];
  if (day !== lastDay) return `between ${day} ${minute} and ${lastDay} ${lastMinute}`;
  if (minute === lastMinute) return `on ${day} at ${minute}`;
  return `on ${day} between ${minute} and ${lastMinute}`;
}

function formatOf(name: string | undefined): Intl.DateTimeFormat {
  const fields = { year: "numeric", month: "numeric", day: "numeric" } as const;
  const clock = { hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" } as const;
  try {
    return new Intl.DateTimeFormat("en-US", {
      ...fields,
      ...clock,
      calendar: "gregory",
      numberingSystem: "latn",
      timeZone: name,
    });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ExpectedError(
      "usage",
      `--timezone expects the IANA name of a time zone, such as Europe/Berlin or UTC, found "${name}"`,
      undefined,
      { cause },
    );
  }
}

const DAY = 86_400;
