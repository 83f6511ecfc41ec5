import type { EChartsOption, SeriesOption } from "echarts";
import { formatCount } from "../base/units.ts";
import { extentOf } from "./extent.ts";
import { chartHead, fitting, hoverSeries, legendOf, plotOption, rectSeries, seriesColors } from "./frame.ts";
import { lineSeries } from "./lines.ts";
import type { Look, Tip } from "./look.ts";
import { markSeries, type Mark } from "./marks.ts";
import { formatQuantity } from "./quantity.ts";
import type { HistogramSpec } from "./spec.ts";
import { linearScale, logScale, tightScale, type Scale } from "./ticks.ts";

/** Bins as bars; several series as outlines over one another. Zeros of a logarithmic axis stand apart at its left. */
export function histogramOption(spec: HistogramSpec, note: string | undefined, look: Look): EChartsOption {
  const across = binScale(spec, look);
  const counts = spec.series.map((series) => series.counts);
  const most = Math.max(extentOf(counts).max, across.zero === undefined ? 0 : (spec.zeros ?? 0));
  const up = countScale(spec.logCounts === true, most);
  const names = spec.series.map(({ name }) => name);
  const colors = seriesColors(names, look);
  const legend = legendOf(names, look);
  const { edges, zero } = across;
  const centers = edges.slice(0, -1).map((edge, index) => (edge + (edges[index + 1] ?? edge)) / 2);
  const series: SeriesOption[] = [];
  for (const [index, { name, counts: own }] of spec.series.entries()) {
    const hue = colors[index];
    if (hue === undefined) continue;
    if (spec.series.length === 1) {
      const rects = own.flatMap((count, bin) =>
        count > 0 ? [edges[bin] ?? 0, edges[bin + 1] ?? 0, up.min, up.place(count)] : [],
      );
      if (zero !== undefined) rects.push(zero.from, zero.to, up.min, up.place(spec.zeros ?? 0));
      series.push(rectSeries(name, hue.fill, rects));
    } else {
      const height = (count: number) => (count > 0 ? up.place(count) : up.min);
      const points = own.map((count, bin) => [centers[bin] ?? 0, height(count)] as const);
      const ends = [edges[0] ?? 0, edges.at(-1) ?? 0].map((edge) => [edge, up.min] as const);
      series.push(
        lineSeries(name, [...ends.slice(0, 1), ...points, ...ends.slice(1)], hue, look, { step: true }),
      );
    }
  }
  const hovers = zero === undefined ? centers : [...centers, (zero.from + zero.to) / 2];
  const tip = (index: number): Tip => ({
    title:
      index < centers.length
        ? `${formatQuantity(spec.edges[index] ?? null, spec.quantity)} to ${formatQuantity(spec.edges[index + 1] ?? null, spec.quantity)}`
        : formatQuantity(0, spec.quantity),
    rows: spec.series.map(({ name, counts: own }, at) => ({
      name,
      value: formatCount(index < centers.length ? (own[index] ?? 0) : (spec.zeros ?? 0)),
      color: colors[at]?.fill ?? "",
    })),
  });
  const head = chartHead(spec, note, look);
  const upName = spec.logCounts === true ? "rows (log scale)" : "rows";
  const acrossName = spec.scale === "log" ? `${spec.axis} (log scale)` : spec.axis;
  return {
    ...plotOption({
      look,
      head,
      across: { name: acrossName, scale: across.scale },
      up: { name: upName, scale: up },
      legend,
      bins: hovers.length,
      pointer: "line",
      tip,
    }),
    series: [
      ...series,
      ...markSeries(marksOf(spec, across.scale), look),
      ...[hoverSeries(look, hovers, up.min)].flat(),
    ],
  };
}

interface Bins {
  readonly scale: Scale;
  readonly edges: readonly number[];
  readonly zero: { readonly from: number; readonly to: number } | undefined;
}

function binScale(spec: HistogramSpec, look: Look): Bins {
  const { min, max } = extentOf([spec.edges]);
  const count = fitting(
    look,
    spec.quantity === "bytes" || spec.quantity === "seconds" ? 66 : 60,
    spec.edges.length - 1,
  );
  if (spec.scale === "linear") {
    return { scale: tightScale(spec.quantity, min, max, count), edges: spec.edges, zero: undefined };
  }
  const positive = spec.edges.filter((edge) => edge > 0);
  const scale = logScale(spec.quantity, positive[0] ?? 1, positive.at(-1) ?? 10, count, true);
  const edges = spec.edges.map((edge) => (edge > 0 ? Math.log10(edge) : scale.min));
  if (spec.zeros === undefined || spec.zeros === 0) return { scale, edges, zero: undefined };
  // One bar, half a bar of air, then the logarithms begin.
  const width = Math.max(
    (scale.max - scale.min) / 30,
    ((edges.at(-1) ?? 1) - (edges[0] ?? 0)) / (edges.length - 1),
  );
  const zero = { from: scale.min - 1.6 * width, to: scale.min - 0.6 * width };
  const first = { at: (zero.from + zero.to) / 2, text: "0" };
  const ticks = scale.ticks.filter(({ at }) => at - first.at > (scale.max - scale.min) / 24);
  return { scale: { ...scale, min: zero.from, ticks: [first, ...ticks] }, edges, zero };
}

/** From 0, or on a logarithmic axis from a little below 1, so that a single row is still a bar. */
function countScale(isLog: boolean, most: number): Scale {
  if (!isLog) return linearScale("count", 0, most, 4);
  const scale = logScale("count", 1, Math.max(most, 10), 5);
  return { ...scale, min: Math.log10(0.6) };
}

function marksOf(spec: HistogramSpec, scale: Scale): readonly Mark[] {
  return (spec.marks ?? [])
    .filter(({ value }) => spec.scale === "linear" || value > 0)
    .map(({ value, label }) => ({ from: scale.place(value), to: scale.place(value), label }));
}
