/** From `from` on (microseconds since 1970; the first one from the beginning of time) clocks are `offset` microseconds ahead of UTC. */
export interface ZonePeriod {
  readonly from: number;
  readonly offset: number;
}

const DAY = 86_400;

/** Whether this machine knows the IANA name. */
export function isZone(name: string): boolean {
  try {
    // eslint-disable-next-line no-new -- asking is the only way to know
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * The offsets of a zone between two times in seconds since 1970, in order, at least one. They go to the query as data, so
 * that the engine and everything that writes times out agree on what a zone is.
 */
export function zonePeriods(zone: string, from: number, to: number): readonly ZonePeriod[] {
  const offsetAt = offsetReader(zone);
  const first = Math.floor(from / DAY) * DAY;
  const periods: ZonePeriod[] = [{ from: first * 1e6, offset: offsetAt(first) * 1e6 }];
  let offset = offsetAt(first);
  // No zone has changed its clocks and changed them back within a week, so weeks are looked at whole.
  for (let start = first; start <= to; start += 7 * DAY) {
    let low = start;
    const high = start + 7 * DAY;
    while (offsetAt(high) !== offset) {
      let change = high;
      while (change - low > 1) {
        const middle = Math.floor((low + change) / 2);
        if (offsetAt(middle) === offset) low = middle;
        else change = middle;
      }
      offset = offsetAt(change);
      low = change;
      periods.push({ from: change * 1e6, offset: offset * 1e6 });
    }
  }
  return periods;
}

/** Seconds that clocks of the zone are ahead of UTC at a whole second since 1970. */
function offsetReader(zone: string): (second: number) => number {
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
  return (second) => {
    const parts = new Map(format.formatToParts(second * 1000).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
    const year = parts.get("era")?.startsWith("B") === true ? 1 - part("year") : part("year");
    const local = new Date(0);
    local.setUTCFullYear(year, part("month") - 1, part("day"));
    local.setUTCHours(part("hour"), part("minute"), part("second"));
    return local.getTime() / 1000 - second;
  };
}
