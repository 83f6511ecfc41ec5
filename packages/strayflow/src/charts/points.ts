import type { EChartsOption, SeriesOption } from "echarts";
import { hues } from "./colors.ts";
import { extentOf, leastPositive } from "./extent.ts";
import { chartHead, fitting, indexOf, legendOf, plotOption, TEXT, tooltipOption } from "./frame.ts";
import { fonts, greys, type Look, type Tip } from "./look.ts";
import { formatQuantity } from "./quantity.ts";
import type { PointsSpec } from "./spec.ts";
import { cutText } from "./text.ts";
import { linearScale, logScale, type Scale } from "./ticks.ts";

/** How many of the outermost points are named. */
const NAMED = 6;

/** Points by two numbers, coloured by group; those farthest out are named. Zeros of a logarithmic axis stand at its edge. */
export function pointsOption(spec: PointsSpec, note: string | undefined, look: Look): EChartsOption {
  const groups = [...new Set(spec.points.map(({ group }) => group))];
  const colors = hues(groups, look.theme);
  const x = pointScale(
    spec.across,
    spec.points.map((point) => point.x),
    fitting(look, 72),
  );
  const y = pointScale(
    spec.up,
    spec.points.map((point) => point.y),
    5,
  );
  const named = new Set(outermost(spec, x, y));
  const placed = groups.map((group) =>
    [...spec.points.entries()]
      .filter(([, point]) => point.group === group)
      .map(([index, point]) => ({ index, point })),
  );
  const tip = (params: unknown): Tip | undefined => {
    const { seriesIndex } = params as { readonly seriesIndex?: unknown };
    const point = typeof seriesIndex === "number" ? placed[seriesIndex]?.[indexOf(params)]?.point : undefined;
    if (point === undefined) return undefined;
    return {
      title: point.name,
      rows: [
        { name: spec.across.label, value: formatQuantity(point.x, spec.across.quantity) },
        { name: spec.up.label, value: formatQuantity(point.y, spec.up.quantity) },
        { name: "", value: point.group },
      ],
    };
  };
  const axisName = ({ label, log }: PointsSpec["up"]) => (log ? `${label} (log scale)` : label);
  return {
    ...plotOption({
      look,
      head: chartHead(spec, note, look),
      across: { name: axisName(spec.across), scale: x },
      up: { name: axisName(spec.up), scale: y },
      legend: legendOf(groups, look),
      pointer: "none",
      tip: () => undefined,
    }),
    ...tooltipOption(look, "item", "none", tip),
    series: groups.map((name, at): SeriesOption => ({
      type: "scatter",
      name,
      symbolSize: spec.points.length > 400 ? 5 : 7,
      itemStyle: { color: colors[at]?.fill ?? "", opacity: 0.75 },
      emphasis: { disabled: true },
      clip: false,
      labelLayout: { hideOverlap: true },
      label: {
        position: "top",
        distance: 4,
        color: greys[look.theme].text,
        fontSize: TEXT - 1,
        fontFamily: fonts.code,
      },
      data: (placed[at] ?? []).map(({ index, point }) => ({
        value: [x.place(point.x), y.place(point.y)],
        ...(named.has(index) ? { label: labelOf(point.name, x, point.x, look) } : {}),
      })),
    })),
  };
}

function labelOf(name: string, x: Scale, value: number, look: Look): object {
  const part = (x.place(value) - x.min) / (x.max - x.min);
  const text = cutText(name, look.width / 3, TEXT - 1, "code");
  const align = part > 0.75 ? "right" : part < 0.2 ? "left" : "center";
  return { show: true, align, formatter: () => text };
}

function pointScale(axis: PointsSpec["up"], values: readonly number[], count: number): Scale {
  if (!axis.log) {
    const { min, max } = extentOf([values]);
    return linearScale(axis.quantity, Math.min(0, min), Math.max(0, max), count);
  }
  const least = leastPositive([values]);
  const scale = logScale(axis.quantity, least, Math.max(least, extentOf([values]).max), count);
  if (!values.some((value) => value <= 0)) return scale;
  const zero = scale.min - (scale.max - scale.min) * 0.1;
  return {
    min: zero,
    max: scale.max,
    ticks: [{ at: zero, text: "0" }, ...scale.ticks],
    place: (value) => (value > 0 ? Math.log10(value) : zero),
  };
}

function outermost(spec: PointsSpec, x: Scale, y: Scale): readonly number[] {
  const far = (scale: Scale, value: number) => (scale.place(value) - scale.min) / (scale.max - scale.min);
  return [...spec.points.keys()]
    .map((index) => {
      const point = spec.points[index];
      return { index, far: point === undefined ? 0 : Math.max(far(x, point.x), far(y, point.y)) };
    })
    .sort((a, b) => b.far - a.far || a.index - b.index)
    .slice(0, NAMED)
    .map(({ index }) => index);
}
