import { formatCount } from "../base/units.ts";
import { timeFormatter } from "../charts/zone-time.ts";

/** How times are written in one zone, and how long ago they were. Takes seconds since 1970. */
export interface Times {
  readonly zone: string;
  /** "2025-02-22 13:04:55" */
  readonly time: (seconds: number) => string;
  /** "2025-02-22 13:04:55 to 13:07:58": the date is told once where it is the same. */
  readonly span: (from: number, to: number) => string;
  /** "3 h ago", "in 29 d" */
  readonly age: (seconds: number) => string;
}

/** @param now seconds since 1970 */
export function timesIn(zone: string, now: number): Times {
  const format = timeFormatter(zone);
  const time = (seconds: number) => format(Number.isNaN(seconds) ? null : seconds);
  return {
    zone,
    time,
    span(from, to) {
      const [first, last] = [time(from), time(to)];
      if (first === last) return first;
      return `${first} to ${first.slice(0, 10) === last.slice(0, 10) ? last.slice(11) : last}`;
    },
    age(seconds) {
      if (!Number.isFinite(seconds)) return "–";
      if (Math.abs(now - seconds) < 1) return "now";
      return seconds > now
        ? `in ${roughly(seconds - now, Math.round)}`
        : `${roughly(now - seconds, Math.floor)} ago`;
    },
  };
}

/** One unit is enough for an age. */
function roughly(seconds: number, whole: (value: number) => number): string {
  if (seconds < 60) return `${whole(seconds)} s`;
  if (seconds < 3600) return `${whole(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${whole(seconds / 3600)} h`;
  return `${formatCount(whole(seconds / 86_400))} d`;
}
