import type { Filter } from "../../store/index.ts";
import { calendarBins, type Day, type Span } from "../day-bins.ts";
import type { HostProfile, HostRow } from "../result.ts";
import { answered, type Asking } from "./context.ts";
import { askQuarters, askTimeLine } from "./time.ts";
import { askTop, askTotals, type Dimension } from "./tops.ts";

/** What one host does: when, with whom, over what, both as originator and as responder. */
export async function askProfile(asking: Asking, host: HostRow, gaps: readonly Span[]): Promise<HostProfile> {
  const opens = { orig: [host.host] };
  const gets = { resp: [host.host] };
  const answers = { ...answered(asking.columns), ...gets };
  const totals = host.opened > 0 ? askTotals(asking, opens) : undefined;
  const top = (dimension: Dimension, where: Filter) =>
    askTop(asking, dimension, "connections", { limit: 10, where, ...(where === opens ? { totals } : {}) });
  const [openLine, getLine, quarters, ...tops] = await Promise.all([
    askTimeLine(asking, gaps, opens),
    askTimeLine(asking, gaps, gets),
    askQuarters(asking, { host: [host.host] }),
    ...(host.opened > 0
      ? [top("destination", opens), top("port", opens), top("service", opens), top("conn_state", opens)]
      : []),
    ...(host.got > 0 ? [top("source", gets), top("port", answers)] : []),
  ]);
  const { days, usual } = calendarBins(quarters, asking.span, asking.zone, gaps);
  const names =
    host.opened > 0
      ? ["contacts", "ports-used", "services-used", "states", "callers", "ports-answered"]
      : ["callers", "ports-answered"];
  return {
    host,
    bin: openLine.bin,
    start: openLine.start,
    opened: openLine.connections,
    got: getLine.connections,
    days: days.length > MOST_DAYS ? days.filter(isActive).slice(-MOST_DAYS) : days,
    usual: usual ?? null,
    tops: tops.map((one, index) => ({ ...one, dimension: names[index]! })),
  };
}

/** Of many days, a profile shows the last on which there was something. */
const MOST_DAYS = 31;

function isActive({ connections }: Day): boolean {
  return connections.some((count) => count !== null && count > 0);
}
