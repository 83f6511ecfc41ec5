import type { EChartsOption, SeriesOption } from "echarts";
import { formatCount } from "../base/units.ts";
import { greyHue } from "./colors.ts";
import { extentOf } from "./extent.ts";
import {
  chartHead,
  legendOf,
  legendOption,
  seriesColors,
  shared,
  TEXT,
  tooltipOption,
  indexOf,
} from "./frame.ts";
import { fonts, greys, type Look, type Tip } from "./look.ts";
import { formatExact, formatQuantity, formatTick } from "./quantity.ts";
import type { BarsSpec } from "./spec.ts";
import { cutText, textWidth } from "./text.ts";
import { linearScale } from "./ticks.ts";

const ROW = 24;
const AXIS = 26;

/** Lying bars, so that names can be read; the amount stands at the end of each. */
export function barsOption(spec: BarsSpec, note: string | undefined, look: Look): EChartsOption {
  const colors = greys[look.theme];
  const head = chartHead(spec, note, look);
  const seriesNames = spec.series.map(({ name }) => name);
  const legend = legendOf(seriesNames, look);
  const seriesHues = seriesColors(seriesNames, look);
  const names = barNames(spec);
  const font = spec.code === true ? "code" : "sans";
  const limit = Math.max(60, Math.min(320, look.width * 0.42));
  const shown = names.map((name) => cutText(name, limit, TEXT, font));
  const { min, max } = extentOf(spec.series.map(({ values }) => values));
  const most = Math.max(max, spec.others?.value ?? 0);
  const amounts = [...spec.series.flatMap(({ values }) => values), spec.others?.value ?? 0];
  const amountWidth = Math.max(
    ...amounts.map((value) => textWidth(formatQuantity(value, spec.quantity), TEXT)),
  );
  const left = 16 + Math.max(8, ...shown.map((name) => textWidth(name, TEXT, font))) + 8;
  const room = look.width - left - amountWidth - 28;
  const scale = linearScale(spec.quantity, Math.min(0, min), most, Math.max(2, Math.floor(room / 90)));
  const label = { color: colors.quiet, fontSize: TEXT, fontFamily: fonts.sans };
  const series: SeriesOption[] = spec.series.map(({ name, values }, at) => ({
    type: "bar",
    name,
    silent: true,
    barGap: "10%",
    barCategoryGap: "26%",
    barMinHeight: 1,
    itemStyle: { color: seriesHues[at]?.fill ?? colors.accent },
    emphasis: { disabled: true },
    label: {
      show: true,
      position: "right",
      distance: 5,
      color: colors.text,
      fontSize: TEXT,
      fontFamily: fonts.sans,
      formatter: ({ dataIndex }) => formatQuantity(amountAt(spec, at, dataIndex), spec.quantity),
    },
    data: [
      ...values.map((value) => value ?? "-"),
      ...(spec.others === undefined
        ? []
        : [at === 0 ? { value: spec.others.value, itemStyle: { color: greyHue(look.theme).fill } } : "-"]),
    ],
  }));
  const tip = (index: number): Tip | undefined => {
    const name = names[index];
    if (name === undefined) return undefined;
    const rows = spec.series.map(({ name: of }, at) => {
      const value = amountAt(spec, at, index);
      const exact = formatExact(value, spec.quantity);
      const text = formatQuantity(value, spec.quantity);
      return {
        name: of,
        value: exact === undefined ? text : `${text} (${exact})`,
        color: seriesHues[at]?.fill ?? colors.accent,
      };
    });
    return { title: name, rows };
  };
  return {
    ...shared(look, head),
    grid: { left, right: amountWidth + 22, top: head.height + legend.height + 6, bottom: AXIS + 20 },
    xAxis: {
      type: "value",
      min: scale.min,
      max: most > 0 || min < 0 ? "dataMax" : 1,
      name: spec.axis,
      nameLocation: "middle",
      nameGap: 24,
      nameTextStyle: label,
      axisLine: { show: false },
      axisTick: { show: false, customValues: scale.ticks.map(({ at }) => at) },
      axisLabel: {
        ...label,
        customValues: scale.ticks.map(({ at }) => at),
        hideOverlap: true,
        formatter: (value: number) => formatTick(value, spec.quantity),
      },
      splitLine: { show: true, lineStyle: { color: colors.grid } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: shown.map((_, index) => String(index)),
      axisLine: { show: true, lineStyle: { color: colors.axis } },
      axisTick: { show: false },
      axisLabel: {
        interval: 0,
        color: colors.text,
        fontSize: TEXT,
        fontFamily: fonts[font],
        formatter: (_: string, index: number) => shown[index] ?? "",
      },
    },
    ...(legend.names.length === 0 ? {} : { legend: legendOption(legend, look, head) }),
    ...tooltipOption(look, "axis", "shadow", (params) => tip(indexOf(params))),
    series,
  };
}

/** Pixels of everything below the head. */
export function barsHeight(spec: BarsSpec, look: Look): number {
  const legend = legendOf(
    spec.series.map(({ name }) => name),
    look,
  );
  const row = Math.max(ROW, spec.series.length * 16 + 8);
  return legend.height + 6 + Math.max(1, barNames(spec).length) * row + AXIS + 20;
}

function barNames({ names, others }: BarsSpec): readonly string[] {
  return others === undefined ? names : [...names, `${formatCount(others.count)} others`];
}

function amountAt(spec: BarsSpec, series: number, index: number): number | null {
  if (index < spec.names.length) return spec.series[series]?.values[index] ?? null;
  return series === 0 ? (spec.others?.value ?? null) : null;
}
