import type { ChartSpec } from "../../src/charts/spec.ts";
import type { ReportDocument, ReportTable } from "../../src/report/document.ts";

/** Text as an attacker might put it into a log: markup, script, end of script, formulas, control and format characters. */
export const hostileTexts = [
  `<img src=x onerror="window.broken=1">`,
  `</script><script>window.broken=1</script>`,
  `<!--<script>`,
  `"><svg onload=window.broken=1>`,
  `{a|bold}{marker}`,
  `=HYPERLINK("http://example.invalid","click")`,
  "line\u2028separator\nnew line\u202Eright to left\u0000",
  "&lt;not markup&gt; &amp;",
] as const;

const START = 1_740_610_800; // 2025-02-27 00:00 in Berlin
const ZONE = "Europe/Berlin";
const wave = (index: number, period: number, phase = 0) =>
  1 + Math.sin((index / period) * 2 * Math.PI + phase);

/** Every kind of chart, ordinary and extreme. Numbers come from formulas: the same on every run. */
export const exampleCharts: Readonly<Record<string, ChartSpec>> = {
  "histogram-log": {
    kind: "histogram",
    id: "histogram-log",
    title: "How many bytes does a connection send?",
    quantity: "bytes",
    axis: "orig_bytes",
    scale: "log",
    edges: Array.from({ length: 41 }, (_, index) => 10 ** (index * 0.3)),
    series: [
      {
        name: "rows",
        counts: Array.from(
          { length: 40 },
          (_, index) => Math.round(9000 * Math.exp(-((index - 12) ** 2) / 40)) + (index === 39 ? 3 : 0),
        ),
      },
    ],
    zeros: 5400,
    unset: 1203,
  },
  "histogram-ports": {
    kind: "histogram",
    id: "histogram-ports",
    title: "Which ports are called?",
    quantity: "port",
    axis: "id.resp_p",
    scale: "linear",
    edges: Array.from({ length: 65 }, (_, index) => index * 1024),
    series: [
      { name: "rows", counts: Array.from({ length: 64 }, (_, index) => (index === 0 ? 240_000 : index % 7)) },
    ],
    logCounts: true,
    note: "Ports below 1,024 are nearly all.",
  },
  "histogram-losses": {
    kind: "histogram",
    id: "histogram-losses",
    title: "Losses of the three parts",
    quantity: "number",
    axis: "reconstruction error",
    scale: "log",
    edges: Array.from({ length: 51 }, (_, index) => 10 ** (-3 + index * 0.08)),
    series: ["train", "validation", "test"].map((name, at) => ({
      name,
      counts: Array.from({ length: 50 }, (_, index) =>
        Math.round((3000 / (at + 1)) * Math.exp(-((index - 18 - at) ** 2) / 60)),
      ),
    })),
    marks: [{ value: 0.4, label: "threshold: 1 in 10,000" }],
  },
  "histogram-one-value": {
    kind: "histogram",
    id: "histogram-one-value",
    title: "A column of one value",
    quantity: "seconds",
    axis: "duration",
    scale: "linear",
    edges: [0, 1],
    series: [{ name: "rows", counts: [1] }],
  },
  "timeline-bars": {
    kind: "timeline",
    id: "timeline-bars",
    title: "Connections in 30 minutes, by protocol",
    quantity: "count",
    axis: "connections",
    zone: ZONE,
    start: START,
    bin: 1800,
    form: "bars",
    series: [
      {
        name: "tcp",
        values: Array.from({ length: 336 }, (_, index) =>
          Math.round(900 * wave(index, 48, -2) + (index === 200 ? 6000 : 0)),
        ),
      },
      {
        name: "udp",
        values: Array.from({ length: 336 }, (_, index) => Math.round(500 * wave(index, 48, -1.8) + 60)),
      },
      { name: "icmp", values: Array.from({ length: 336 }, (_, index) => 20 + (index % 9)) },
    ],
    marks: [
      { from: START + 199 * 1800, to: START + 202 * 1800, label: "port scan of 10.0.0.5", severity: 3 },
      { from: START + 60 * 1800, to: START + 61 * 1800, label: "first contact", severity: 0 },
    ],
  },
  "timeline-lines": {
    kind: "timeline",
    id: "timeline-lines",
    title: "Bytes an hour; the night of the clock change is an hour short",
    quantity: "bytes",
    axis: "bytes",
    zone: ZONE,
    start: 1_743_202_800,
    bin: 1800,
    form: "line",
    series: [
      {
        name: "sent",
        values: Array.from({ length: 96 }, (_, index) =>
          index > 30 && index < 40 ? null : 4e9 * wave(index, 48),
        ),
      },
      {
        name: "received",
        values: Array.from({ length: 96 }, (_, index) =>
          index === 60 || index === 62 ? null : 3e9 * wave(index, 48, 1) + 1e12 * (index === 70 ? 1 : 0),
        ),
      },
    ],
    note: "Nothing was recorded from 15:30 to 20:00 of the first day.",
  },
  "timeline-years": {
    kind: "timeline",
    id: "timeline-years",
    title: "Three years, a bin a day",
    quantity: "per-second",
    axis: "connections per second",
    zone: ZONE,
    start: START,
    bin: 86_400,
    form: "line",
    series: [
      {
        name: "all",
        values: Array.from({ length: 1096 }, (_, index) => 30 * wave(index, 365) + 10 * wave(index, 7)),
      },
    ],
  },
  "timeline-instant": {
    kind: "timeline",
    id: "timeline-instant",
    title: "A log of one row",
    quantity: "count",
    axis: "connections",
    zone: "UTC",
    start: START,
    bin: 1,
    form: "bars",
    series: [{ name: "all", values: [1] }],
  },
  "days-many": {
    kind: "days",
    id: "days-many",
    title: "Is one day unlike the others?",
    quantity: "count",
    axis: "connections in 30 minutes",
    zone: ZONE,
    bin: 1800,
    days: Array.from({ length: 14 }, (_, day) => ({
      date: `2025-03-${String(day + 1).padStart(2, "0")}`,
      values: Array.from({ length: 48 }, (__, index) =>
        Math.round(
          (day % 7 > 4 ? 150 : 800) * wave(index, 48, -1.6) +
            40 * wave(index * day, 11) +
            (day === 9 && index > 40 ? 900 : 0),
        ),
      ),
    })),
    usual: Array.from({ length: 48 }, (_, index) => Math.round(780 * wave(index, 48, -1.6) + 40)),
  },
  "days-three": {
    kind: "days",
    id: "days-three",
    title: "Three days over one another",
    quantity: "bytes",
    axis: "bytes in 30 minutes",
    zone: ZONE,
    bin: 1800,
    days: Array.from({ length: 3 }, (_, day) => ({
      date: `2025-03-0${day + 1}`,
      values: Array.from({ length: 48 }, (__, index) =>
        day === 2 && index > 25 ? null : 2e9 * wave(index, 48, -1.6 + day / 5),
      ),
    })),
  },
  "bars-hosts": {
    kind: "bars",
    id: "bars-hosts",
    title: "Which hosts send most?",
    quantity: "bytes",
    axis: "bytes sent",
    code: true,
    names: [
      "10.0.0.23",
      "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
      "fe80::1ff:fe23:4567:890a",
      "192.168.100.201",
      "10.0.0.5",
    ],
    series: [{ name: "sent", values: [1e12, 3.4e11, 9e10, 1_403_221, 0] }],
    others: { count: 1204, value: 2.2e11 },
  },
  "bars-hostile": {
    kind: "bars",
    id: "bars-hostile",
    title: `Names from a log are text: ${hostileTexts[1]}`,
    quantity: "count",
    axis: "connections",
    names: hostileTexts,
    series: [
      { name: "S0", values: hostileTexts.map((_, index) => (index === 3 ? null : 8 - index)) },
      { name: hostileTexts[0], values: hostileTexts.map((_, index) => index) },
    ],
  },
  "bars-empty": {
    kind: "bars",
    id: "bars-empty",
    title: "Bytes by service where there were none",
    quantity: "bytes",
    axis: "bytes",
    names: ["dns"],
    series: [{ name: "sent", values: [0] }],
  },
  "heatmap-correlation": {
    kind: "heatmap",
    id: "heatmap-correlation",
    title: "Which columns move together? (Pearson)",
    quantity: "number",
    scale: "correlation",
    columns: correlationNames(),
    rows: correlationNames(),
    values: correlationNames().map((_, y) =>
      correlationNames().map((__, x) =>
        x === y ? 1 : x === 3 || y === 3 ? null : Math.cos((x + 1) * (y + 1) * 0.4),
      ),
    ),
  },
  "heatmap-week": {
    kind: "heatmap",
    id: "heatmap-week",
    title: "When is this network busy?",
    quantity: "count",
    scale: "density",
    columns: Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0")),
    rows: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    values: Array.from({ length: 7 }, (_, day) =>
      Array.from({ length: 24 }, (__, hour) =>
        day === 6 && hour < 5 ? null : Math.round((day > 4 ? 300 : 2000) * wave(hour, 24, -1.8)),
      ),
    ),
    note: "Hours of Europe/Berlin; empty cells were not recorded.",
  },
  "heatmap-pairs": {
    kind: "heatmap",
    id: "heatmap-pairs",
    title: "Bytes by client and server",
    quantity: "bytes",
    scale: "log-density",
    columns: Array.from({ length: 12 }, (_, index) => `10.0.7.${index + 20}`),
    rows: [
      ...Array.from({ length: 7 }, (_, index) => `10.0.0.${index + 5}`),
      "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    ],
    values: Array.from({ length: 8 }, (_, y) =>
      Array.from({ length: 12 }, (__, x) => ((x + y) % 5 === 0 ? null : 10 ** ((x * y) % 13))),
    ),
  },
  graph: {
    kind: "graph",
    id: "graph",
    title: "Who talks to whom?",
    quantity: "count",
    nodes: Array.from({ length: 42 }, (_, index) => ({
      name:
        index === 7
          ? "2001:0db8:85a3:0000:0000:8a2e:0370:7334"
          : index < 30
            ? `10.0.0.${index + 10}`
            : `203.0.113.${index}`,
      group: index < 5 ? "server" : index < 30 ? "client" : "external",
      amount: index < 5 ? 3000 / (index + 1) : 20 + ((index * 37) % 300),
    })),
    links: Array.from({ length: 70 }, (_, index) => ({
      from: 5 + ((index * 13) % 25),
      to: index % 3 === 0 ? 30 + (index % 12) : index % 5,
      amount: 1 + ((index * 53) % 400),
    })),
    left: { nodes: 310, links: 5012 },
  },
  "graph-one": {
    kind: "graph",
    id: "graph-one",
    title: "One host",
    quantity: "bytes",
    nodes: [{ name: "10.0.0.1", group: "client", amount: 0 }],
    links: [{ from: 0, to: 0, amount: 0 }],
  },
  "curves-loss": {
    kind: "curves",
    id: "curves-loss",
    title: "Learning stopped after epoch 38",
    axis: "loss",
    quantity: "number",
    across: {
      label: "epoch",
      quantity: "count",
      values: Array.from({ length: 60 }, (_, index) => index + 1),
    },
    logY: true,
    series: [
      { name: "train", values: Array.from({ length: 60 }, (_, index) => 0.9 * Math.exp(-index / 12) + 0.01) },
      {
        name: "validation",
        values: Array.from({ length: 60 }, (_, index) =>
          index < 2 ? null : 0.9 * Math.exp(-index / 12) + 0.012,
        ),
      },
    ],
    marks: [{ at: 38, label: "best weights" }],
  },
  "curves-many": {
    kind: "curves",
    id: "curves-many",
    title: "Error of a reconstruction by feature, seven members",
    axis: "error",
    quantity: "number",
    across: { label: "feature", quantity: "number", values: Array.from({ length: 30 }, (_, index) => index) },
    series: Array.from({ length: 7 }, (_, at) => ({
      name: `member ${at + 1}`,
      values: Array.from({ length: 30 }, (__, index) => Math.sin(index * (at + 1) * 0.1) * (at + 1)),
    })),
  },
  points: {
    kind: "points",
    id: "points",
    title: "Hosts by how many they call and how many call them",
    across: { label: "hosts called", quantity: "count", log: true },
    up: { label: "callers", quantity: "count", log: true },
    points: Array.from({ length: 240 }, (_, index) => ({
      name: index === 3 ? hostileTexts[0] : `10.0.${index % 4}.${index}`,
      x: index === 0 ? 65_536 : Math.round(10 ** (wave(index, 17) * 1.2)) - 1,
      y: index % 9 === 0 ? 0 : Math.round(10 ** (wave(index, 23, 2) * 1.1)),
      group: index === 0 ? "scanner" : index % 9 === 0 ? "client" : index % 4 === 0 ? "both" : "server",
    })),
  },
};

function correlationNames(): readonly string[] {
  return [
    "duration",
    "orig_bytes",
    "resp_bytes",
    "missed_bytes",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
  ];
}

const hosts: ReportTable = {
  id: "table-hosts",
  title: "Hosts by bytes sent",
  columns: [
    { name: "host", quantity: "code" },
    { name: "role", quantity: "text" },
    { name: "first seen", quantity: "time" },
    { name: "connections", quantity: "count" },
    { name: "bytes sent", quantity: "bytes" },
    { name: "longest", quantity: "seconds" },
    { name: "of all", quantity: "share", help: "share of all bytes sent" },
    { name: "port", quantity: "port" },
  ],
  rows: [
    ["10.0.0.23", "scanner", START + 3600.123456, 65_536, 1e12, 4123.7, 0.62, 443],
    ["2001:0db8:85a3:0000:0000:8a2e:0370:7334", "client", START, 120, 0, null, 0, 53],
    [hostileTexts[0], hostileTexts[1], null, null, null, null, null, null],
    [hostileTexts[6], hostileTexts[5], START + 40 * 86_400, 1, 1_403_221, 0.0004, 0.0003, 0],
    ...Array.from({ length: 60 }, (_, index) => [
      `10.0.${index < 8 ? 0 : 3}.${index}`,
      "client",
      START + index * 977,
      (index * 7919) % 1000,
      (index * 104_729) ** 1.4,
      index * 13.7,
      index / 4000,
      1024 + index,
    ]),
  ],
  of: 1312,
};

const tiny: ReportTable = {
  id: "table-evidence",
  title: "Ports tried, by minute",
  columns: [
    { name: "minute", quantity: "time" },
    { name: "ports", quantity: "count" },
  ],
  rows: [
    [START + 50_520, 2204],
    [START + 50_580, 2310],
  ],
};

/** A document with every kind of part in it. */
export const exampleDocument: ReportDocument = {
  title: "Traffic of office-2025-02-27.log.gz",
  summary:
    "1,243,021 connections of 312 hosts in 14 files, 2025-02-27 00:00 to 2025-03-13 00:00; 1,203 lines could not be read.",
  zone: ZONE,
  written: START + 14 * 86_400,
  sections: [
    {
      id: "findings",
      title: "Findings",
      parts: [
        {
          kind: "findings",
          none: "Nothing stands out.",
          findings: [
            { severity: 4, headline: "10.0.0.23 sent 40 GB to 203.0.113.9.", details: [] },
            { severity: 0, headline: "12 services run on ports where they do not belong.", details: [] },
            {
              severity: 3,
              headline:
                "10.0.0.23 tried 65,536 ports of 10.0.0.5 on 2025-02-27 between 14:02 and 14:31: a port scan, 38 % of all connections.",
              details: ["It usually contacts 4 ports a day.", "Nearly all were refused (REJ)."],
              evidence: tiny,
            },
            {
              severity: 1,
              headline: `A service is named ${hostileTexts[0]}.`,
              details: [hostileTexts[1], hostileTexts[6]],
            },
            {
              severity: 2,
              headline: "10.0.0.77 sent 1.4 GB to 203.0.113.9; usually 2 to 40 kB.",
              details: ["1 in 210,000 connections of this host is as large."],
            },
          ],
        },
      ],
    },
    {
      id: "overview",
      title: "Overview",
      parts: [
        {
          kind: "facts",
          facts: [
            { name: "connections", value: 1_243_021, quantity: "count" },
            { name: "bytes", value: 1e12, quantity: "bytes" },
            { name: "from", value: START, quantity: "time" },
            {
              name: "longest connection",
              value: 93_784,
              quantity: "seconds",
              note: "10.0.0.5 to 10.0.0.9, ssh",
            },
            { name: "missed bytes", value: null, quantity: "bytes", note: "the log has no such column" },
            { name: "sensor", value: hostileTexts[0] },
          ],
        },
        { kind: "text", text: "Times are local. A bar is half an hour." },
        ...[
          "timeline-bars",
          "timeline-lines",
          "timeline-years",
          "timeline-instant",
          "days-many",
          "days-three",
          "heatmap-week",
        ].map(chartPart),
      ],
    },
    {
      id: "columns",
      title: "Columns",
      parts: [
        {
          kind: "charts",
          charts: ["histogram-log", "histogram-ports", "histogram-losses", "histogram-one-value"].map(
            chartOf,
          ),
        },
        {
          kind: "choice",
          label: "Matrix",
          choices: [
            { id: "pearson", name: "Pearson", parts: [chartPart("heatmap-correlation")] },
            {
              id: "pairs",
              name: "Pairs of hosts",
              parts: [chartPart("heatmap-pairs"), { kind: "text", text: "Log scale." }],
            },
          ],
        },
      ],
    },
    {
      id: "hosts",
      title: "Hosts",
      parts: [
        { kind: "table", table: hosts },
        { kind: "charts", charts: ["bars-hosts", "bars-hostile", "bars-empty"].map(chartOf) },
        ...["graph", "graph-one", "points"].map(chartPart),
        {
          kind: "choice",
          label: "Host",
          choices: Array.from({ length: 12 }, (_, index) => ({
            id: `host-${index}`,
            name: index === 4 ? hostileTexts[3] : `10.0.0.${index}`,
            parts: [{ kind: "text" as const, text: `Profile of host ${index}.` }],
          })),
        },
      ],
    },
    { id: "learning", title: "Learning", parts: ["curves-loss", "curves-many"].map(chartPart) },
    {
      id: "nothing",
      title: "Nothing",
      parts: [
        { kind: "findings", findings: [], none: "Nothing stands out. Give a longer period to compare with." },
      ],
    },
  ],
};

function chartOf(id: string): ChartSpec {
  const chart = exampleCharts[id];
  if (chart === undefined) throw new Error(`no example chart ${id}`);
  return chart;
}

function chartPart(id: string): { readonly kind: "chart"; readonly chart: ChartSpec } {
  return { kind: "chart", chart: chartOf(id) };
}
