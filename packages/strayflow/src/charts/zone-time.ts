import type { Scale, Tick } from "./ticks.ts";

/** Time of the clock in one zone. Every value that it gives for a local time counts seconds as if the zone were UTC. */
export interface ZoneClock {
  /** Local seconds of an instant. */
  readonly toLocal: (seconds: number) => number;
  /** The instant of a local time; where the clock jumps over it, the instant of the jump. */
  readonly toInstant: (local: number) => number;
}

/** @throws RangeError where the zone is not an IANA name that this machine knows. */
export function zoneClock(zone: string): ZoneClock {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const toLocal = (seconds: number): number => {
    const whole = Math.floor(seconds);
    const part: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(whole * 1000)) part[type] = value;
    const year = part["era"] === "BC" ? 1 - Number(part["year"]) : Number(part["year"]);
    const local = new Date(0);
    local.setUTCFullYear(year, Number(part["month"]) - 1, Number(part["day"]));
    local.setUTCHours(Number(part["hour"]), Number(part["minute"]), Number(part["second"]));
    return local.getTime() / 1000 + (seconds - whole);
  };
  const toInstant = (local: number): number => {
    // The offset a day before and a day after are the only two that can hold.
    const before = local - (toLocal(local - DAY) - (local - DAY));
    const after = local - (toLocal(local + DAY) - (local + DAY));
    if (toLocal(before) === local) return before;
    if (toLocal(after) === local) return after;
    return jumpBetween(toLocal, Math.min(before, after) - 1, Math.max(before, after) + 1);
  };
  return { toLocal, toInstant };
}

/** How much of a time is written. */
export type Grain = "day" | "minute" | "second" | "exact";

/** "2025-02-27 14:02:05" in the zone; `exact` adds what is below the second. Not finite: an en dash. */
export function formatTime(seconds: number | null, zone: string, grain: Grain = "second"): string {
  return timeFormatter(zone)(seconds, grain);
}

/** Characters from the blank between date and time on. */
const lengths = { day: 0, minute: 6, second: 9 } as const;

/** `formatTime` for many times of one zone. */
export function timeFormatter(zone: string): (seconds: number | null, grain?: Grain) => string {
  const { toLocal } = zoneClock(zone);
  return (seconds, grain = "second") => {
    // What a Date can hold.
    if (seconds === null || !(Math.abs(seconds) <= 8.64e12)) return "–";
    const text = new Date(toLocal(seconds) * 1000).toISOString().replace("T", " ");
    if (grain === "exact") return text.slice(0, -1).replace(/\.0*$|(?<=\.\d*?)0+$/, "");
    return text.slice(0, text.indexOf(" ") + lengths[grain]);
  };
}

const DAY = 86_400;
const steps = [
  1,
  5,
  10,
  30,
  60,
  300,
  600,
  1800,
  3600,
  10_800,
  21_600,
  43_200,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
] as const;
const months = [1, 2, 3, 6, 12, 24, 60, 120] as const;
const monthNames = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
] as const;

/**
 * A time axis with ticks at round times of the zone's clock: full hours, midnights, first days of months. Days are
 * midnight to midnight there, 23 or 25 hours long where the clock changes.
 */
export function timeScale(zone: string, from: number, to: number, count: number): Scale {
  const clock = zoneClock(zone);
  const end = to > from ? to : from + 1;
  const rough = (end - from) / Math.max(2, count);
  const step = steps.find((candidate) => candidate >= rough * 0.8);
  const places =
    step === undefined ? monthPlaces(clock, from, end, rough) : stepPlaces(clock, from, end, step);
  const ticks: Tick[] = [];
  for (const [index, local] of places.entries()) {
    const at = clock.toInstant(local);
    if (at < from || at > end || ticks.at(-1)?.at === at) continue;
    // Not `local`: the clock may jump over it.
    ticks.push({
      at,
      text: tickText(clock.toLocal(at), ticks.length === 0 ? undefined : places[index - 1], step),
    });
  }
  return { min: from, max: end, ticks, place: (value) => value };
}

function stepPlaces(clock: ZoneClock, from: number, to: number, step: number): readonly number[] {
  // Where the clock goes back, the last local time is not the greatest.
  const last = Math.max(clock.toLocal(to), clock.toLocal(from) + to - from);
  const places: number[] = [];
  // Monday, 1970-01-05, so that weeks begin where weeks begin.
  const origin = step >= 7 * DAY ? 4 * DAY : 0;
  for (
    let local = Math.floor((clock.toLocal(from) - origin) / step) * step + origin;
    local <= last;
    local += step
  ) {
    places.push(local);
  }
  return places;
}

function monthPlaces(clock: ZoneClock, from: number, to: number, rough: number): readonly number[] {
  const wanted = rough / (30.44 * DAY);
  const every = months.find((candidate) => candidate >= wanted) ?? Math.ceil(wanted / 120) * 120;
  const first = new Date(clock.toLocal(from) * 1000);
  const last = clock.toLocal(to);
  const places: number[] = [];
  for (
    let month = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / every) * every;
    ;
    month += every
  ) {
    const local = Date.UTC(Math.floor(month / 12), month % 12) / 1000;
    if (local > last) return places;
    places.push(local);
  }
}

/** What changed since the tick before: the time within a day, the day within a year, the year. */
function tickText(local: number, before: number | undefined, step: number | undefined): string {
  const date = new Date(local * 1000);
  const year = date.getUTCFullYear();
  const month = monthNames[date.getUTCMonth()] ?? "";
  const earlier = before === undefined ? undefined : new Date(before * 1000);
  const isNewYear = earlier === undefined || earlier.getUTCFullYear() !== year;
  if (step === undefined) return isNewYear ? `${month} ${year}` : month;
  const day = `${date.getUTCDate()} ${month}${isNewYear ? ` ${year}` : ""}`;
  if (step >= DAY) return day;
  const time = date.toISOString().slice(11, step < 60 ? 19 : 16);
  const isNewDay = earlier === undefined || Math.floor(local / DAY) !== Math.floor((before ?? 0) / DAY);
  return isNewDay ? `${time}\n${day}` : time;
}

/** The first whole second at which the offset is no longer what it was at `low`. */
function jumpBetween(toLocal: (seconds: number) => number, low: number, high: number): number {
  const offset = toLocal(low) - low;
  let before = Math.floor(low);
  let after = Math.ceil(high);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (toLocal(middle) - middle === offset) before = middle;
    else after = middle;
  }
  return after;
}
