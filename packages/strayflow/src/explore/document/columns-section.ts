import { formatCount } from "../../base/units.ts";
import type { HistogramSpec, Quantity } from "../../charts/spec.ts";
import type { Cell, ReportPart, ReportSection } from "../../report/document.ts";
import { binsRule } from "../histogram-bins.ts";
import type { ColumnHistogram, ColumnProfile, Correlations, ExploreResult } from "../result.ts";

/** Every column: what it holds and how it is spread. */
export function columnsSection({ columns, histograms, shape }: ExploreResult): ReportSection {
  const known = new Set(columns.map(({ column }) => column));
  const kept = shape.columns.filter((column) => !known.has(column));
  const numbers = columns.filter((column) => column.numbers !== null);
  const quantiles = numbers[0]?.numbers?.quantiles ?? [];
  const parts: ReportPart[] = [
    {
      kind: "table",
      table: {
        id: "columns",
        title: "Every column",
        columns: [
          { name: "column", quantity: "code" },
          { name: "type", quantity: "code" },
          { name: "unset", quantity: "share" },
          { name: "distinct", quantity: "count" },
          { name: "most frequent", quantity: "code", help: "With the number of connections." },
        ],
        rows: columns.map(columnCells),
      },
    },
    ...(kept.length === 0
      ? []
      : [
          {
            kind: "text",
            text: `Columns that are kept with each row but not looked into: ${kept.join(", ")}.`,
          } as const,
        ]),
    {
      kind: "table",
      table: {
        id: "quantiles",
        title: "How the numbers are spread",
        columns: [
          { name: "column", quantity: "code" },
          { name: "zeros", quantity: "count" },
          { name: "mean", quantity: "number" },
          ...quantiles.map(({ share }) => ({ name: quantileName(share), quantity: "number" as const })),
        ],
        rows: numbers
          .filter(({ column }) => column !== "ts")
          .map(({ column, numbers: own }) => [
            column,
            own!.zeros,
            own!.mean,
            ...own!.quantiles.map(({ value }) => value),
          ]),
      },
    },
    { kind: "text", text: binsRule },
    { kind: "charts", charts: histograms.map(histogramChart) },
  ];
  return { id: "columns", title: "Columns", parts };
}

function columnCells({ column, type, set, unset, distinct, top }: ColumnProfile): Cell[] {
  const frequent = top
    .slice(0, 3)
    .map(({ value, connections }) => `${value === "" ? "(empty)" : value} (${formatCount(connections)})`)
    .join(", ");
  // Values that are all different have no most frequent one.
  const says = (distinct === set && set > 3) || column === "ts" ? null : frequent === "" ? null : frequent;
  return [column, type, unset / (set + unset), distinct, says];
}

function quantileName(share: number): string {
  if (share === 0) return "least";
  if (share === 1) return "most";
  return share === 0.5 ? "median" : `${Math.round(share * 1000) / 10} %`;
}

const quantityOf: Readonly<Record<string, Quantity>> = {
  duration: "seconds",
  orig_bytes: "bytes",
  resp_bytes: "bytes",
  missed_bytes: "bytes",
  orig_ip_bytes: "bytes",
  resp_ip_bytes: "bytes",
  "id.orig_p": "port",
  "id.resp_p": "port",
};

function histogramChart({ column, scale, edges, counts, zeros, unset }: ColumnHistogram): HistogramSpec {
  const largest = Math.max(...counts);
  const least = Math.min(...counts.filter((count) => count > 0));
  const logCounts = largest >= 1000 * least;
  const says = [
    scale === "log" ? "Logarithmic axis." : "",
    logCounts ? "Logarithmic counts." : "",
    // The chart itself says how many rows are unset, and on a logarithmic axis, how many are 0.
    zeros > 0 && scale !== "log" ? `${formatCount(zeros)} are 0.` : "",
  ];
  return {
    kind: "histogram",
    id: `histogram-${column.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`,
    title: column,
    note: says.filter(Boolean).join(" "),
    quantity: quantityOf[column] ?? "count",
    axis: column,
    scale,
    edges,
    series: [{ name: "connections", counts }],
    ...(scale === "log" ? { zeros } : {}),
    unset,
    ...(logCounts ? { logCounts } : {}),
  };
}

/** Payload and IP bytes say nearly the same, which drowns the rest: so with and without them. */
const ipBytes: ReadonlySet<string> = new Set(["orig_ip_bytes", "resp_ip_bytes"]);

/** The heatmap of columns of numbers, four times. */
export function correlationsSection({ correlations, shape }: ExploreResult): ReportSection {
  const { columns, left, spearmanConnections } = correlations;
  if (columns.length < 2) {
    return {
      id: "correlations",
      title: "Correlations",
      parts: [
        { kind: "text", text: "Fewer than two columns of numbers vary: there is nothing to correlate." },
      ],
    };
  }
  const some =
    spearmanConnections < shape.connections
      ? ` Spearman's from an even sample of ${formatCount(spearmanConnections)} connections.`
      : "";
  const note = `Over the connections in which both are set.${left.length > 0 ? ` Left out, as they do not vary: ${left.join(", ")}.` : ""}`;
  const has = columns.some((column) => ipBytes.has(column));
  const choices = (["spearman", "pearson"] as const).flatMap((method) =>
    (has ? [false, true] : [false]).map((without) => ({
      id: `${method}${without ? "-without-ip-bytes" : ""}`,
      name: `${method === "pearson" ? "Pearson (of values)" : "Spearman (of ranks)"}${without ? ", without orig_ip_bytes and resp_ip_bytes" : ""}`,
      parts: [
        {
          kind: "chart",
          chart: heatmap(correlations, method, without, `${note}${method === "spearman" ? some : ""}`),
        } as const,
      ],
    })),
  );
  return {
    id: "correlations",
    title: "Correlations",
    parts: [{ kind: "choice", label: "Correlation", choices }],
  };
}

function heatmap(correlations: Correlations, method: "pearson" | "spearman", without: boolean, note: string) {
  const kept = correlations.columns
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => !without || !ipBytes.has(column));
  const names = kept.map(({ column }) => column);
  return {
    kind: "heatmap",
    id: `correlation-${method}${without ? "-without-ip-bytes" : ""}`,
    title: `Which numbers go together? ${method === "pearson" ? "Pearson" : "Spearman"}`,
    note,
    quantity: "number",
    scale: "correlation",
    columns: names,
    rows: names,
    values: kept.map(({ index: y }) => kept.map(({ index: x }) => correlations[method][y]![x] ?? null)),
  } as const;
}
