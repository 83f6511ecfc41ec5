import type { TimelineSpec } from "./spec.ts";

/** A stretch of time, seconds since 1970. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** The bins of a time line that touch a range, at least two; the whole of it where the range touches none. */
export function cutTimeline(spec: TimelineSpec, range: TimeRange | undefined): TimelineSpec {
  if (range === undefined) return spec;
  const bins = Math.max(0, ...spec.series.map(({ values }) => values.length));
  const first = Math.max(0, Math.floor((range.from - spec.start) / spec.bin));
  const last = Math.min(bins, Math.max(first + 2, Math.ceil((range.to - spec.start) / spec.bin)));
  if (last - first < 2) return spec;
  const start = spec.start + first * spec.bin;
  const end = spec.start + last * spec.bin;
  return {
    ...spec,
    start,
    series: spec.series.map(({ name, values }) => ({ name, values: values.slice(first, last) })),
    ...(spec.marks === undefined
      ? {}
      : { marks: spec.marks.filter(({ from, to }) => to >= start && from < end) }),
  };
}
