import { median } from "./numbers.ts";
import { localClock, localDate, type Zone } from "./zone.ts";

/** Amounts of a quarter of an hour of UTC, of which there are some. */
export interface Quarter {
  /** Seconds since 1970, a multiple of 900. */
  readonly start: number;
  readonly connections: number;
  readonly bytes: number;
}

/** A local day in half hours of its clock; `null` where the log does not reach, has a gap, or the clock has no such time. */
export interface Day {
  readonly date: string;
  readonly connections: readonly (number | null)[];
  readonly bytes: readonly (number | null)[];
}

/** What the calendar makes of the traffic. */
export interface CalendarBins {
  /** Every local day from the first to the last, in order. */
  readonly days: readonly Day[];
  /** Median connections of each half hour over the days, where there are at least three. */
  readonly usual: readonly (number | null)[] | undefined;
  /** Mean connections an hour, by weekday (Monday first) and hour of the clock; `null` where the log has no such hour. */
  readonly week: readonly (readonly (number | null)[])[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export const QUARTER = 900;
export const HALF_HOUR = 1800;
const DAY = 86_400;
const HOUR = 3600;

/**
 * Sorts quarters of an hour into local days. Every offset in use is a whole number of quarters, so nothing is cut; where the
 * clock is put back, the half hours that come twice hold both.
 *
 * @param gaps stretches that the log lost: what lies wholly in one of them is no data, not 0
 */
export function calendarBins(
  quarters: readonly Quarter[],
  span: Span,
  zone: Zone,
  gaps: readonly Span[] = [],
): CalendarBins {
  const local = localClock(zone, span.from - DAY, span.to + DAY);
  const first = Math.floor(local(span.from) / DAY);
  const last = Math.floor(local(span.to) / DAY);
  const bins = (last - first + 1) * 48;
  const connections = new Float64Array(bins).fill(NaN);
  const bytes = new Float64Array(bins).fill(NaN);
  const week = Array.from({ length: 168 }, () => ({ connections: 0, quarters: 0 }));
  const place = (start: number) => Math.floor((local(start) - first * DAY) / HALF_HOUR);
  const hourOf = (start: number) => {
    const hour = Math.floor(local(start) / HOUR);
    // 1970-01-01 was a Thursday.
    return ((((Math.floor(hour / 24) + 3) % 7) + 7) % 7) * 24 + (((hour % 24) + 24) % 24);
  };
  const from = Math.floor(span.from / QUARTER) * QUARTER;
  let gap = 0;
  const ordered = gaps.toSorted((a, b) => a.from - b.from);
  for (let start = from; start <= span.to; start += QUARTER) {
    while (gap < ordered.length && ordered[gap]!.to < start + QUARTER) gap++;
    if (gap < ordered.length && ordered[gap]!.from <= start) continue;
    const at = place(start);
    if (Number.isNaN(connections[at]!)) connections[at] = bytes[at] = 0;
    week[hourOf(start)]!.quarters++;
  }
  for (const quarter of quarters) {
    const at = place(quarter.start);
    connections[at] = (connections[at]! || 0) + quarter.connections;
    bytes[at] = (bytes[at]! || 0) + quarter.bytes;
    week[hourOf(quarter.start)]!.connections += quarter.connections;
  }
  const slice = (values: Float64Array, day: number) =>
    Array.from(values.subarray(48 * day, 48 * day + 48), (value) => (Number.isNaN(value) ? null : value));
  const days = Array.from({ length: last - first + 1 }, (_, day) => ({
    date: localDate((first + day) * DAY),
    connections: slice(connections, day),
    bytes: slice(bytes, day),
  }));
  return { days, usual: usualDay(days), week: weekOf(week) };
}

function usualDay(days: readonly Day[]): (number | null)[] | undefined {
  if (days.length < 3) return undefined;
  return Array.from({ length: 48 }, (_, at) => {
    const values = days.flatMap(({ connections }) => connections[at] ?? []);
    return values.length === 0 ? null : median(values);
  });
}

function weekOf(hours: readonly { readonly connections: number; readonly quarters: number }[]) {
  return Array.from({ length: 7 }, (_, day) =>
    hours
      .slice(24 * day, 24 * day + 24)
      .map(({ connections, quarters }) => (quarters === 0 ? null : (connections * 4) / quarters)),
  );
}
