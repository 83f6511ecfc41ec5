import { formatCount, formatDuration, formatShare } from "../../base/units.ts";
import type { ExploreResult } from "../result.ts";
import { localDate, type Zone } from "../zone.ts";
import type { Found } from "./findings.ts";

const YEAR_2000 = 946_684_800;
const HOUR = 3600;
const DAY = 86_400;
/** Fewer starts are whole seconds by chance more often than one likes. */
const ENOUGH = 100;
const LATE_SHARE = 0.01;
/** From this share on, windows and rhythms of hosts are computed on a wrong order. */
const DISORDER_SHARE = 0.2;

/** What is odd about the times of the log. */
export function clockFindings(
  { shape, sensor }: Pick<ExploreResult, "shape" | "sensor">,
  zone: Zone,
  now: number,
): Found[] {
  const found: Found[] = [];
  const { connections, from, to } = shape;
  const date = (seconds: number) => localDate(seconds + zone.offsetAt(seconds));
  const say = (
    kind: string,
    severity: Found["severity"],
    sentence: string,
    details: readonly string[],
    own: number,
  ) =>
    found.push({
      kind,
      severity,
      sentence,
      details,
      connections: own,
      share: own / connections,
      from: null,
      to: null,
      host: null,
      evidence: {
        title: "Times of the log",
        columns: [
          { name: "first start", quantity: "time" },
          { name: "last start", quantity: "time" },
          { name: "out of order by more than a minute", quantity: "count" },
          { name: "at most", quantity: "seconds" },
        ],
        rows: [[from, to, sensor.late, sensor.latestBy]],
      },
    });
  if (from < YEAR_2000) {
    say(
      "clock-unset",
      1,
      `The log's times begin in ${date(from).slice(0, 4)}: the sensor's clock was not set, or the capture counts from 0`,
      ["Days and hours in this report are then not those of a calendar."],
      connections,
    );
  }
  if (to > now + HOUR) {
    say(
      "clock-ahead",
      1,
      `The last connection began on ${date(to)}, ${formatDuration(to - now)} from now: the sensor's clock is ahead`,
      ["Compared with the clock of the machine that wrote this report."],
      0,
    );
  }
  if (sensor.isWholeSeconds && connections >= ENOUGH) {
    say(
      "clock-coarse",
      0,
      "Every start is a whole second: the log was written or exported without fractions",
      ["Rhythm within a second cannot be judged, and false regularity can appear."],
      connections,
    );
  }
  if (sensor.late > LATE_SHARE * connections) {
    say(
      "clock-disorder",
      sensor.late > DISORDER_SHARE * connections ? 1 : 0,
      `${formatCount(sensor.late)} connections (${formatShare(sensor.late / connections)}) stand out of order, up to ${formatDuration(sensor.latestBy)} too late`,
      [
        "Zeek writes a connection when it ends. Logs of several sensors, or files in another order, do this; behaviour features look backwards in this order.",
      ],
      sensor.late,
    );
  }
  if (to - from > 3 * 366 * DAY) {
    say(
      "clock-span",
      0,
      `The log spans ${formatDuration(to - from)}, from ${date(from)} to ${date(to)}`,
      ["A few connections with a wrong time do this too."],
      connections,
    );
  }
  return found;
}
