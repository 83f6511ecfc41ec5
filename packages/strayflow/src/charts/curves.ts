import type { EChartsOption } from "echarts";
import { extentOf, leastPositive } from "./extent.ts";
import { chartHead, fitting, hoverSeries, legendOf, plotOption, seriesColors } from "./frame.ts";
import { DIRECT, endLabelRoom, labelLifts, lineSeries } from "./lines.ts";
import type { Look, Tip } from "./look.ts";
import { markSeries } from "./marks.ts";
import { formatQuantity } from "./quantity.ts";
import type { CurvesSpec } from "./spec.ts";
import { linearScale, logScale, tightScale } from "./ticks.ts";

/** Lines over a number. On a logarithmic axis what is not above 0 is a gap. */
export function curvesOption(spec: CurvesSpec, note: string | undefined, look: Look): EChartsOption {
  const names = spec.series.map(({ name }) => name);
  const colors = seriesColors(names, look);
  const direct = names.length > 1 && names.length <= DIRECT;
  const values = spec.series.map((series) => series.values);
  const isLog = spec.logY === true;
  const { min, max } = extentOf(values);
  const least = leastPositive(values);
  const up = isLog
    ? logScale(spec.quantity, least, Math.max(least, max), 5)
    : linearScale(spec.quantity, Math.min(0, min), Math.max(0, max), 4);
  const ends = extentOf([spec.across.values, ...(spec.marks ?? []).map(({ at }) => [at])]);
  const across = tightScale(spec.across.quantity, ends.min, ends.max, fitting(look, 72));
  const place = (value: number | null) => (value === null || (isLog && value <= 0) ? null : up.place(value));
  const lifts = labelLifts(
    values.map((own) => own.map(place)),
    up,
  );
  const tip = (index: number): Tip => ({
    title: `${spec.across.label} ${formatQuantity(spec.across.values[index] ?? null, spec.across.quantity)}`,
    rows: spec.series.map(({ name, values: own }, at) => ({
      name,
      value: formatQuantity(own[index] ?? null, spec.quantity),
      color: colors[at]?.fill ?? "",
    })),
  });
  return {
    ...plotOption({
      look,
      head: chartHead(spec, note, look),
      across: { name: spec.across.label, scale: across },
      up: { name: isLog ? `${spec.axis} (log scale)` : spec.axis, scale: up },
      ...(direct ? { room: endLabelRoom(names, look) } : { legend: legendOf(names, look) }),
      pointer: "line",
      tip,
    }),
    series: [
      ...spec.series.map(({ name, values: own }, at) =>
        lineSeries(
          name,
          spec.across.values.map((x, index) => [x, place(own[index] ?? null)] as const),
          colors[at] ?? { fill: "", ink: "" },
          look,
          { label: direct, lift: lifts[at] ?? 0 },
        ),
      ),
      ...markSeries(
        (spec.marks ?? []).map(({ at, label }) => ({ from: at, to: at, label })),
        look,
      ),
      ...[hoverSeries(look, spec.across.values, up.min)].flat(),
    ],
  };
}
