/**
 * What a chart shows, as data: plain JSON that is computed once, written into a report, sent by a server, and turned into
 * the same ECharts option wherever it is drawn (`chartOption`). Every chart can be read as a table (`chartTable`).
 *
 * Times are seconds since 1970, amounts are in the unit that `Quantity` names, and `null` is "no data here", which is
 * drawn as a gap and never as 0.
 */
export type ChartSpec =
  | HistogramSpec
  | TimelineSpec
  | DaysSpec
  | BarsSpec
  | HeatmapSpec
  | GraphSpec
  | CurvesSpec
  | PointsSpec;

/** What a number on an axis is, and so how it is written: 1500 is 1.5 kB, 25 min or 1,500. */
export type Quantity =
  | "count"
  | "bytes"
  | "seconds"
  | "share"
  | "number"
  | "port"
  | "bytes-per-second"
  | "per-second";

interface Chart {
  /** Unique in its report; the name of its files. Lower-case letters, digits, hyphens: never text from a log. */
  readonly id: string;
  /** The question or the finding, not the names of the axes. */
  readonly title: string;
  /** What a reader must know to read it right (a scale, what was left out). */
  readonly note?: string;
}

/** How often values fall into bins. `edges` has one entry more than each `counts`. */
export interface HistogramSpec extends Chart {
  readonly kind: "histogram";
  readonly quantity: Quantity;
  readonly axis: string;
  /** `log`: the edges are spaced by factors; zeros are then apart, in `zeros`. */
  readonly scale: "linear" | "log";
  readonly edges: readonly number[];
  readonly series: readonly { readonly name: string; readonly counts: readonly number[] }[];
  /** Rows whose value is 0 on a logarithmic scale. */
  readonly zeros?: number;
  /** Rows without a value. */
  readonly unset?: number;
  /** Values to point at, such as a threshold. */
  readonly marks?: readonly { readonly value: number; readonly label: string }[];
  /** Counts on a logarithmic axis, for shares that differ by orders of magnitude. */
  readonly logCounts?: boolean;
}

/** Amounts over time, in bins of `bin` seconds from `start`. Anomalies (`marks`) are drawn on top. */
export interface TimelineSpec extends Chart {
  readonly kind: "timeline";
  readonly quantity: Quantity;
  readonly axis: string;
  readonly zone: string;
  readonly start: number;
  readonly bin: number;
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly form: "line" | "bars";
  readonly marks?: readonly {
    readonly from: number;
    readonly to: number;
    readonly label: string;
    readonly severity: number;
  }[];
}

/** Days over one another: one line a day over the time of day, in bins of `bin` seconds from local midnight. */
export interface DaysSpec extends Chart {
  readonly kind: "days";
  readonly quantity: Quantity;
  readonly axis: string;
  readonly zone: string;
  readonly bin: number;
  readonly days: readonly { readonly date: string; readonly values: readonly (number | null)[] }[];
  /** The usual day: the median of the days, where there are at least three. */
  readonly usual?: readonly (number | null)[];
}

/** Amounts of named things, largest first unless their order has a meaning of its own. */
export interface BarsSpec extends Chart {
  readonly kind: "bars";
  readonly quantity: Quantity;
  readonly axis: string;
  /** Names may come from a log: they are text, never markup. `code` sets them in monospace. */
  readonly names: readonly string[];
  readonly code?: boolean;
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  /** What all things that are not shown come to, and how many they are. */
  readonly others?: { readonly count: number; readonly value: number };
}

/** A matrix of numbers: correlations (-1 to 1) or densities (0 and up). `values[y][x]`. */
export interface HeatmapSpec extends Chart {
  readonly kind: "heatmap";
  readonly quantity: Quantity;
  readonly scale: "correlation" | "density" | "log-density";
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly values: readonly (readonly (number | null)[])[];
}

/** Who talks to whom. Links name nodes by index. */
export interface GraphSpec extends Chart {
  readonly kind: "graph";
  readonly nodes: readonly { readonly name: string; readonly group: string; readonly amount: number }[];
  readonly links: readonly { readonly from: number; readonly to: number; readonly amount: number }[];
  readonly quantity: Quantity;
  /** Nodes and links that are not shown. */
  readonly left?: { readonly nodes: number; readonly links: number };
}

/** Lines over a number that is not a time of the clock: losses by epoch, a reconstruction by feature. */
export interface CurvesSpec extends Chart {
  readonly kind: "curves";
  readonly axis: string;
  readonly quantity: Quantity;
  readonly across: {
    readonly label: string;
    readonly quantity: Quantity;
    readonly values: readonly number[];
  };
  readonly logY?: boolean;
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly marks?: readonly { readonly at: number; readonly label: string }[];
}

/** Points, such as hosts by how many they call and by how many they are called. */
export interface PointsSpec extends Chart {
  readonly kind: "points";
  readonly across: { readonly label: string; readonly quantity: Quantity; readonly log: boolean };
  readonly up: { readonly label: string; readonly quantity: Quantity; readonly log: boolean };
  readonly points: readonly {
    readonly name: string;
    readonly x: number;
    readonly y: number;
    readonly group: string;
  }[];
}
