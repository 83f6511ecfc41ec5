import { unreachable } from "../base/errors.ts";
import type {
  BarsSpec,
  ChartSpec,
  CurvesSpec,
  DaysSpec,
  GraphSpec,
  HeatmapSpec,
  HistogramSpec,
  PointsSpec,
  Quantity,
  TimelineSpec,
} from "./spec.ts";

/** A chart as a table: the same id and title, every number that is drawn. */
export interface ChartTable {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly {
    readonly name: string;
    readonly quantity: Quantity | "time" | "text" | "code";
  }[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** The table behind a chart. */
export function chartTable(spec: ChartSpec): ChartTable {
  return { id: spec.id, title: spec.title, ...cellsOf(spec) };
}

type Cells = Pick<ChartTable, "columns" | "rows">;

function cellsOf(spec: ChartSpec): Cells {
  switch (spec.kind) {
    case "histogram":
      return histogramCells(spec);
    case "timeline":
      return timelineCells(spec);
    case "days":
      return daysCells(spec);
    case "bars":
      return barsCells(spec);
    case "heatmap":
      return heatmapCells(spec);
    case "graph":
      return graphCells(spec);
    case "curves":
      return curvesCells(spec);
    case "points":
      return pointsCells(spec);
    default:
      return unreachable(spec);
  }
}

function histogramCells({ axis, quantity, edges, series, zeros, unset }: HistogramSpec): Cells {
  const whole = (count: number | undefined, from: number | null) =>
    count === undefined || count === 0 ? [] : [[from, from, count, ...series.slice(1).map(() => null)]];
  return {
    columns: [
      { name: `${axis} from`, quantity },
      { name: `${axis} to`, quantity },
      ...series.map(({ name }) => ({ name, quantity: "count" as const })),
    ],
    rows: [
      ...whole(zeros, 0),
      ...edges
        .slice(0, -1)
        .map((edge, bin) => [
          edge,
          edges[bin + 1] ?? null,
          ...series.map(({ counts }) => counts[bin] ?? null),
        ]),
      ...whole(unset, null),
    ],
  };
}

function timelineCells({ zone, quantity, start, bin, series, marks }: TimelineSpec): Cells {
  const bins = Math.max(0, ...series.map(({ values }) => values.length));
  const marksAt = (from: number) =>
    (marks ?? []).filter((mark) => mark.from < from + bin && mark.to >= from).map(({ label }) => label);
  return {
    columns: [
      { name: `from (${zone})`, quantity: "time" },
      ...series.map(({ name }) => ({ name, quantity })),
      ...(marks === undefined || marks.length === 0 ? [] : [{ name: "marked", quantity: "text" as const }]),
    ],
    rows: Array.from({ length: bins }, (_, index) => {
      const from = start + index * bin;
      const marked = marksAt(from);
      return [
        from,
        ...series.map(({ values }) => values[index] ?? null),
        ...(marks === undefined || marks.length === 0
          ? []
          : [marked.length === 0 ? null : marked.join("; ")]),
      ];
    }),
  };
}

function daysCells({ quantity, bin, days, usual }: DaysSpec): Cells {
  const columns = [...(usual === undefined ? [] : [{ date: "usual day", values: usual }]), ...days];
  const bins = Math.max(0, ...columns.map(({ values }) => values.length));
  return {
    columns: [
      { name: "time of day", quantity: "text" },
      ...columns.map(({ date }) => ({ name: date, quantity })),
    ],
    rows: Array.from({ length: bins }, (_, index) => [
      clockTime(index * bin),
      ...columns.map(({ values }) => values[index] ?? null),
    ]),
  };
}

function barsCells({ quantity, names, code, series, others }: BarsSpec): Cells {
  return {
    columns: [
      { name: "name", quantity: code === true ? "code" : "text" },
      ...series.map(({ name }) => ({ name, quantity })),
    ],
    rows: [
      ...names.map((name, index) => [name, ...series.map(({ values }) => values[index] ?? null)]),
      ...(others === undefined
        ? []
        : [[`${others.count} others`, others.value, ...series.slice(1).map(() => null)]]),
    ],
  };
}

function heatmapCells({ quantity, columns, rows, values }: HeatmapSpec): Cells {
  return {
    columns: [{ name: "", quantity: "text" }, ...columns.map((name) => ({ name, quantity }))],
    rows: rows.map((name, y) => [name, ...columns.map((_, x) => values[y]?.[x] ?? null)]),
  };
}

function graphCells({ nodes, links, quantity }: GraphSpec): Cells {
  return {
    columns: [
      { name: "from", quantity: "code" },
      { name: "to", quantity: "code" },
      { name: "amount", quantity },
    ],
    rows: links.map(({ from, to, amount }) => [nodes[from]?.name ?? null, nodes[to]?.name ?? null, amount]),
  };
}

function curvesCells({ quantity, across, series }: CurvesSpec): Cells {
  return {
    columns: [
      { name: across.label, quantity: across.quantity },
      ...series.map(({ name }) => ({ name, quantity })),
    ],
    rows: across.values.map((value, index) => [value, ...series.map(({ values }) => values[index] ?? null)]),
  };
}

function pointsCells({ across, up, points }: PointsSpec): Cells {
  return {
    columns: [
      { name: "name", quantity: "code" },
      { name: "group", quantity: "text" },
      { name: across.label, quantity: across.quantity },
      { name: up.label, quantity: up.quantity },
    ],
    rows: points.map(({ name, group, x, y }) => [name, group, x, y]),
  };
}

function clockTime(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
