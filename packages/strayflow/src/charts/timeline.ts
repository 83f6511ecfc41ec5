import type { EChartsOption, SeriesOption } from "echarts";
import { extentOf } from "./extent.ts";
import { alarmHue } from "./colors.ts";
import { chartHead, fitting, hoverSeries, legendOf, plotOption, rectSeries, seriesColors } from "./frame.ts";
import { DIRECT, endLabelRoom, labelLifts, lineSeries } from "./lines.ts";
import type { Look, Tip } from "./look.ts";
import { markSeries } from "./marks.ts";
import { formatQuantity } from "./quantity.ts";
import type { TimelineSpec } from "./spec.ts";
import { linearScale } from "./ticks.ts";
import { timeFormatter, timeScale } from "./zone-time.ts";

/** Amounts over the time of the clock; bars of several series stand on one another. */
export function timelineOption(spec: TimelineSpec, note: string | undefined, look: Look): EChartsOption {
  const bins = Math.max(1, ...spec.series.map(({ values }) => values.length));
  const end = spec.start + bins * spec.bin;
  const time = timeScale(spec.zone, spec.start, end, fitting(look, 84, bins));
  const names = spec.series.map(({ name }) => name);
  const colors = seriesColors(names, look);
  const isStacked = spec.form === "bars" && names.length > 1;
  const direct = spec.form === "line" && names.length > 1 && names.length <= DIRECT;
  const { min, max } = extentOf(isStacked ? [totals(spec, bins)] : spec.series.map(({ values }) => values));
  const up = linearScale(spec.quantity, Math.min(0, min), Math.max(0, max), 4);
  const lifts = labelLifts(
    spec.series.map(({ values }) => values),
    up,
  );
  const series: SeriesOption[] = [];
  const base = new Float64Array(bins);
  for (const [index, { name, values }] of spec.series.entries()) {
    const hue = colors[index];
    if (hue === undefined) continue;
    if (spec.form === "line") {
      const points = values.map((value, bin) => [spec.start + (bin + 0.5) * spec.bin, value] as const);
      series.push(
        lineSeries(name, points, hue, look, {
          label: direct,
          lift: lifts[index] ?? 0,
          width: names.length === 1 ? 1.4 : 1.6,
        }),
      );
      continue;
    }
    const rects: number[] = [];
    for (const [bin, value] of values.entries()) {
      if (value === null || value <= 0) continue;
      const from = base[bin] ?? 0;
      rects.push(spec.start + bin * spec.bin, spec.start + (bin + 1) * spec.bin, from, from + value);
      if (isStacked) base[bin] = from + value;
    }
    series.push(rectSeries(name, hue.fill, rects));
  }
  const write = timeFormatter(spec.zone);
  const grain = spec.bin % 60 === 0 ? "minute" : spec.bin < 1 ? "exact" : "second";
  const tip = (index: number): Tip => {
    const from = spec.start + index * spec.bin;
    const marks = (spec.marks ?? []).filter((mark) => mark.from < from + spec.bin && mark.to >= from);
    return {
      title: write(from, spec.bin >= 86_400 ? "day" : grain),
      rows: [
        ...spec.series.map(({ name, values }, at) => ({
          name,
          value: formatQuantity(values[index] ?? null, spec.quantity),
          color: colors[at]?.fill ?? "",
        })),
        ...marks.map(({ label }) => ({ name: label, value: "", color: alarmHue(look.theme).fill })),
      ],
    };
  };
  const centers = Array.from({ length: bins }, (_, bin) => spec.start + (bin + 0.5) * spec.bin);
  return {
    ...plotOption({
      look,
      head: chartHead(spec, note, look),
      across: { name: `time (${spec.zone})`, scale: time },
      up: { name: spec.axis, scale: up },
      ...(direct ? { room: endLabelRoom(names, look) } : { legend: legendOf(names, look) }),
      bins,
      pointer: "line",
      tip,
    }),
    series: [
      ...series,
      ...markSeries(spec.marks ?? [], look),
      ...[hoverSeries(look, centers, up.min)].flat(),
    ],
  };
}

function totals({ series }: TimelineSpec, bins: number): readonly number[] {
  return Array.from({ length: bins }, (_, bin) =>
    series.reduce((sum, { values }) => sum + Math.max(0, values[bin] ?? 0), 0),
  );
}
