import type { EChartsOption, SeriesOption } from "echarts";
import { greyHue, hues } from "./colors.ts";
import { extentOf } from "./extent.ts";
import { chartHead, fitting, hoverSeries, plotOption } from "./frame.ts";
import { DIRECT, endLabelRoom, labelLifts, lineSeries } from "./lines.ts";
import type { Look, Tip } from "./look.ts";
import { formatQuantity } from "./quantity.ts";
import type { DaysSpec } from "./spec.ts";
import { linearScale, type Scale } from "./ticks.ts";

/**
 * Days over one another. Up to five have a colour and a name each; of more, all are grey but the usual day and the one
 * that differs from it most.
 */
export function daysOption(spec: DaysSpec, note: string | undefined, look: Look): EChartsOption {
  const named = chosenDays(spec);
  const usual = spec.usual;
  const names = [
    ...named.map((index) => spec.days[index]?.date ?? ""),
    ...(usual === undefined ? [] : [USUAL]),
  ];
  const colors = dayColors(named.length, usual !== undefined, look);
  const grey = greyHue(look.theme);
  const points = (values: readonly (number | null)[]) =>
    values.map((value, bin) => [(bin + 0.5) * spec.bin, value] as const);
  const all = [...spec.days.map(({ values }) => values), ...(usual === undefined ? [] : [usual])];
  const bins = Math.max(1, ...all.map((values) => values.length));
  const up = linearScale(spec.quantity, 0, extentOf(all).max, 4);
  const lifts = labelLifts(
    [...named.map((index) => spec.days[index]?.values ?? []), ...(usual === undefined ? [] : [usual])],
    up,
  );
  const series: SeriesOption[] = [];
  for (const [index, { date, values }] of spec.days.entries()) {
    if (!named.includes(index)) {
      series.push(lineSeries(date, points(values), grey, look, { width: 1, opacity: 0.6, z: 2 }));
    }
  }
  for (const [at, index] of named.entries()) {
    const day = spec.days[index];
    const hue = colors[at] ?? grey;
    if (day !== undefined)
      series.push(
        lineSeries(day.date, points(day.values), hue, look, {
          label: names.length > 1,
          lift: lifts[at] ?? 0,
          z: 3,
        }),
      );
  }
  if (usual !== undefined) {
    const hue = colors.at(-1) ?? grey;
    series.push(
      lineSeries(USUAL, points(usual), hue, look, { label: true, lift: lifts.at(-1) ?? 0, width: 2.6, z: 4 }),
    );
  }
  const tip = (bin: number): Tip => ({
    title: `${clockTime(bin * spec.bin)} to ${clockTime((bin + 1) * spec.bin)}`,
    rows: [
      ...(usual === undefined ? [] : [{ name: USUAL, values: usual, color: colors.at(-1)?.fill ?? "" }]),
      ...named.map((index, at) => ({
        name: spec.days[index]?.date ?? "",
        values: spec.days[index]?.values ?? [],
        color: colors[at]?.fill ?? "",
      })),
    ].map(({ name, values, color }) => ({
      name,
      value: formatQuantity(values[bin] ?? null, spec.quantity),
      color,
    })),
  });
  const centers = Array.from({ length: bins }, (_, bin) => (bin + 0.5) * spec.bin);
  return {
    ...plotOption({
      look,
      head: chartHead(spec, note, look),
      across: { name: `time of day (${spec.zone})`, scale: dayScale(look) },
      up: { name: spec.axis, scale: up },
      room: names.length > 1 || usual !== undefined ? endLabelRoom(names, look) : 0,
      pointer: "line",
      tip,
    }),
    series: [...series, ...[hoverSeries(look, centers, 0)].flat()],
  };
}

const USUAL = "usual day";
const HOUR = 3600;

/**
 * Indices of the days that are named: all of a few, else the one that is farthest from every other day. Distance from the
 * usual day would name a weekend, which is like every other weekend.
 */
function chosenDays({ days, usual }: DaysSpec): readonly number[] {
  if (days.length <= DIRECT) return [...days.keys()];
  const others = (index: number) =>
    days.length > COMPARED
      ? [usual ?? []]
      : days.filter((_, other) => other !== index).map(({ values }) => values);
  const lonely = days.map(({ values }, index) =>
    Math.min(...others(index).map((other) => distance(values, other))),
  );
  const most = Math.max(...lonely);
  return most > 0 && Number.isFinite(most) ? [lonely.indexOf(most)] : [];
}

/** More days than this are not compared with one another, which grows with the square. */
const COMPARED = 200;

/** Mean difference of the bins that both have. */
function distance(one: readonly (number | null)[], other: readonly (number | null)[]): number {
  let sum = 0;
  let bins = 0;
  for (const [bin, value] of one.entries()) {
    const against = other[bin];
    if (value === null || typeof against !== "number") continue;
    sum += Math.abs(value - against);
    bins++;
  }
  return bins === 0 ? 0 : sum / bins;
}

/** Days have no lasting identity: colours go by their order. The usual day is last, and has the first colour. */
function dayColors(days: number, hasUsual: boolean, look: Look) {
  const order = ["sent", "received", "both", "REJ", "ntp", "dhcp"];
  const palette = hues(order, look.theme);
  const [first, ...others] = palette;
  return hasUsual
    ? [...others.slice(0, days), ...(first === undefined ? [] : [first])]
    : palette.slice(0, days);
}

function dayScale(look: Look): Scale {
  const every = fitting(look, 56) >= 9 ? 3 : 6;
  const ticks = Array.from({ length: 24 / every + 1 }, (_, index) => ({
    at: index * every * HOUR,
    text: clockTime(index * every * HOUR),
  }));
  return { min: 0, max: 24 * HOUR, ticks, place: (value) => value };
}

function clockTime(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
