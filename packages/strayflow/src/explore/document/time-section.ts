import { formatCount, formatDuration } from "../../base/units.ts";
import type { ChartSpec, TimelineSpec } from "../../charts/spec.ts";
import type { ReportPart, ReportSection } from "../../report/document.ts";
import { HALF_HOUR, type Day } from "../day-bins.ts";
import type { ExploreResult } from "../result.ts";

/** So many days have a chart each and a line over the others; of more, the last. */
const MOST_DAYS = 31;
const MOST_DATES = 370;
const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** When it was, how much, day by day and in the week. */
export function timeSection(result: ExploreResult): ReportSection {
  const { time, zone } = result;
  const parts: ReportPart[] = [
    { kind: "chart", chart: connectionLine(result) },
    ...(hasBytes(result) ? [{ kind: "chart", chart: bytesLine(result) } as const] : []),
  ];
  const { days } = time;
  const last = days.slice(-MOST_DAYS);
  const left = days.length > MOST_DAYS ? ` The last ${MOST_DAYS} of ${formatCount(days.length)} days.` : "";
  const changes =
    time.clockChanges.length === 0
      ? ""
      : ` The clock changes on ${time.clockChanges.slice(-4).join(", ")}: half hours that come twice hold both, one that does not exist is empty.`;
  parts.push({
    kind: "chart",
    chart: {
      kind: "days",
      id: "days-over-one-another",
      title: "How alike are the days?",
      note: `Connections in 30-minute bins from local midnight.${time.usual === null ? "" : ` The usual day is the median of ${formatCount(days.length)} days.`}${left}${changes}`,
      quantity: "count",
      axis: "connections in 30 min",
      zone,
      bin: HALF_HOUR,
      days: last.map(({ date, connections }) => ({ date, values: connections })),
      ...(time.usual === null ? {} : { usual: time.usual }),
    },
  });
  parts.push({ kind: "charts", charts: last.map((day) => dayChart(day, zone, time.usual)) });
  parts.push({ kind: "chart", chart: byDate(result) });
  parts.push(datesTable(result));
  parts.push({
    kind: "chart",
    chart: {
      kind: "heatmap",
      id: "week-by-hour",
      title: "At which hours of the week is it busy?",
      note: "Mean connections an hour, over the hours that the log covers; empty where it covers none.",
      quantity: "count",
      scale: "density",
      columns: Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0")),
      rows: weekdays,
      values: time.week,
    },
  });
  return { id: "time", title: "When", parts };
}

/** The time line that everything else is seen against, with what stands out on top. */
function connectionLine({ time, findings, zone, scored }: ExploreResult): TimelineSpec {
  const span = time.connections.length * time.bin;
  const marks = findings
    .filter(({ severity, from, to }) => severity >= 1 && from !== null && to !== null)
    // What goes on nearly all the time marks nothing.
    .filter(({ from, to }) => to! - from! <= span / 4)
    .slice(0, 12)
    .map(({ from, to, host, label, severity }) => ({
      from: from!,
      to: to!,
      label: host === null ? label : `${label}, ${host}`,
      severity,
    }));
  return {
    kind: "timeline",
    id: "connections-over-time",
    title: "How many connections, and when?",
    note: `In bins of ${formatDuration(time.bin)}, by start.${marks.length > 0 ? " Marked: what stands out." : ""}`,
    quantity: "count",
    axis: `connections in ${formatDuration(time.bin)}`,
    zone,
    start: time.start,
    bin: time.bin,
    series: [
      { name: "connections", values: time.connections },
      ...(scored === undefined ? [] : [{ name: "flagged", values: scored.perBin }]),
    ],
    form: "line",
    ...(marks.length > 0 ? { marks } : {}),
  };
}

function bytesLine({ time, zone }: ExploreResult): TimelineSpec {
  return {
    kind: "timeline",
    id: "bytes-over-time",
    title: "How much data, and when?",
    note: `Payload of the connections that began in each ${formatDuration(time.bin)}.`,
    quantity: "bytes",
    axis: `bytes in ${formatDuration(time.bin)}`,
    zone,
    start: time.start,
    bin: time.bin,
    series: [
      { name: "sent by originators", values: time.sentBytes },
      { name: "sent by responders", values: time.receivedBytes },
    ],
    form: "line",
  };
}

function dayChart(day: Day, zone: string, usual: readonly (number | null)[] | null): ChartSpec {
  return {
    kind: "days",
    id: `day-${day.date}`,
    title: day.date,
    quantity: "count",
    axis: "connections in 30 min",
    zone,
    bin: HALF_HOUR,
    days: [{ date: day.date, values: day.connections }],
    ...(usual === null ? {} : { usual }),
  };
}

function byDate({ time }: ExploreResult): ChartSpec {
  const dates = time.dates.slice(-MOST_DATES);
  const weekly = time.dates.length > 62;
  const bars = weekly
    ? weeks(time.dates)
    : dates.map(({ date, connections }) => ({ name: date, value: connections }));
  const shown = bars.slice(-60);
  return {
    kind: "bars",
    id: "connections-by-date",
    title: weekly ? "Connections by week" : "Connections by date",
    note: `${weekly ? "Weeks of seven days that begin on the date shown." : "Local days; the first and the last may be cut."}${shown.length < bars.length ? ` The last ${shown.length} of ${formatCount(bars.length)}; the table has the days.` : ""}`,
    quantity: "count",
    axis: "connections",
    names: shown.map(({ name }) => name),
    series: [{ name: "connections", values: shown.map(({ value }) => value) }],
  };
}

function weeks(dates: ExploreResult["time"]["dates"]): { name: string; value: number }[] {
  const bars: { name: string; value: number }[] = [];
  for (const [index, { date, connections }] of dates.entries()) {
    if (index % 7 === 0) bars.push({ name: date, value: 0 });
    bars.at(-1)!.value += connections;
  }
  return bars;
}

function datesTable({ time }: ExploreResult): ReportPart {
  const dates = time.dates.slice(-MOST_DATES);
  return {
    kind: "table",
    table: {
      id: "dates",
      title: "Day by day",
      columns: [
        { name: "date", quantity: "text" },
        { name: "connections", quantity: "count" },
        { name: "bytes", quantity: "bytes" },
        { name: "new hosts", quantity: "count", help: "Hosts that the log has not seen before." },
        {
          name: "new pairs",
          quantity: "count",
          help: "Originators and responders that the log has not seen together before.",
        },
      ],
      rows: dates.map(({ date, connections, bytes, newHosts, newPairs }) => [
        date,
        connections,
        bytes,
        newHosts,
        newPairs,
      ]),
      of: time.dates.length,
    },
  };
}

function hasBytes({ time }: ExploreResult): boolean {
  return [...time.sentBytes, ...time.receivedBytes].some((bytes) => bytes !== null && bytes > 0);
}
