import type { EChartsOption, SeriesOption } from "echarts";
import { formatCount } from "../base/units.ts";
import { hues } from "./colors.ts";
import { chartHead, indexOf, legendOf, legendOption, shared, tooltipOption, type Head } from "./frame.ts";
import { fonts, greys, type Look, type Tip } from "./look.ts";
import { formatQuantity } from "./quantity.ts";
import type { GraphSpec } from "./spec.ts";
import { cutText, textWidth } from "./text.ts";

const LABEL = 11;

/**
 * Who talks to whom: all nodes on one circle, those of a group side by side, links as curves inside. Places depend on the
 * data alone, and every name that fits can be read, which a cloud of springs does not give.
 */
export function graphOption(spec: GraphSpec, note: string | undefined, look: Look): EChartsOption {
  const head = chartHead(spec, note, look);
  const groups = groupsOf(spec);
  const legend = legendOf(groups, look);
  const colors = hues(groups, look.theme);
  const places = circle(spec, look, head, legend.height);
  const most = Math.max(1, ...spec.nodes.map(({ amount }) => amount));
  const strongest = Math.max(1, ...spec.links.map(({ amount }) => amount));
  return {
    ...shared(look, head),
    ...(legend.names.length === 0 ? {} : { legend: legendOption(legend, look, head, false) }),
    ...tooltipOption(look, "item", "none", (params) => graphTip(params, spec)),
    xAxis: { type: "value", min: 0, max: look.width, show: false },
    yAxis: { type: "value", min: 0, max: places.height, inverse: true, show: false },
    grid: { left: 0, top: 0, width: look.width, height: places.height },
    series: [
      ...groups.map((name, index): SeriesOption => ({
        // Only for the legend, which shows series.
        type: "scatter",
        name,
        itemStyle: { color: colors[index]?.fill ?? "" },
        data: [],
      })),
      {
        type: "custom",
        name: "links",
        z: 2,
        data: spec.links.map((_, index) => [index, 0]),
        renderItem: (params) => {
          const link = spec.links[params.dataIndex];
          const from = places.nodes[link?.from ?? -1];
          const to = places.nodes[link?.to ?? -1];
          if (link === undefined || from === undefined || to === undefined) return null;
          const { x, y } = places.middle;
          const stroke = colors[groups.indexOf(spec.nodes[link.from]?.group ?? "")]?.fill ?? "";
          const width = 0.6 + 5 * Math.sqrt(link.amount / strongest);
          if (link.from === link.to) {
            // A host that talks to itself: a ring that touches its dot from inside.
            const shape = {
              cx: from.x - Math.cos(from.angle) * 9,
              cy: from.y - Math.sin(from.angle) * 9,
              r: 9,
            };
            return {
              type: "circle",
              shape,
              style: { fill: "none", stroke, lineWidth: width, opacity: 0.35 },
            };
          }
          return {
            type: "bezierCurve",
            shape: {
              x1: from.x,
              y1: from.y,
              x2: to.x,
              y2: to.y,
              cpx1: x + (from.x - x) * 0.25,
              cpy1: y + (from.y - y) * 0.25,
              cpx2: x + (to.x - x) * 0.25,
              cpy2: y + (to.y - y) * 0.25,
            },
            style: {
              fill: "none",
              stroke,
              lineWidth: width,
              opacity: 0.35,
            },
          };
        },
      },
      {
        type: "custom",
        name: "nodes",
        z: 3,
        data: spec.nodes.map((_, index) => [index, 0]),
        renderItem: (params) => {
          const node = spec.nodes[params.dataIndex];
          const place = places.nodes[params.dataIndex];
          if (node === undefined || place === undefined) return null;
          const radius = 2.5 + 6.5 * Math.sqrt(Math.max(0, node.amount) / most);
          const dot = {
            type: "circle" as const,
            shape: { cx: place.x, cy: place.y, r: radius },
            style: {
              fill: colors[groups.indexOf(node.group)]?.fill ?? "",
              stroke: greys[look.theme].background,
              lineWidth: 1,
            },
          };
          if (!place.labelled) return dot;
          const isLeft = Math.cos(place.angle) < -1e-9;
          return {
            type: "group",
            children: [
              dot,
              {
                type: "text",
                x: place.x + Math.cos(place.angle) * 13,
                y: place.y + Math.sin(place.angle) * 13,
                rotation: -(isLeft ? place.angle + Math.PI : place.angle),
                style: {
                  text: cutText(node.name, places.label, LABEL, "code"),
                  align: isLeft ? "right" : "left",
                  verticalAlign: "middle",
                  fill: greys[look.theme].text,
                  fontSize: LABEL,
                  fontFamily: fonts.code,
                },
              },
            ],
          };
        },
      },
    ],
  };
}

/** Pixels of everything below the head. */
export function graphHeight(spec: GraphSpec, look: Look): number {
  return legendOf(groupsOf(spec), look).height + circleHeight(spec, look);
}

function circleHeight({ nodes }: GraphSpec, look: Look): number {
  return Math.min(look.width, 640, 240 + nodes.length * 16);
}

/** What a reader must know of what is not shown. */
export function graphLeft({ left }: GraphSpec): string | undefined {
  if (left === undefined || (left.nodes === 0 && left.links === 0)) return undefined;
  return `Not shown: ${formatCount(left.nodes)} hosts and ${formatCount(left.links)} links with less.`;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly labelled: boolean;
}

interface Circle {
  readonly nodes: readonly Place[];
  readonly middle: { readonly x: number; readonly y: number };
  readonly height: number;
  readonly label: number;
}

function circle(spec: GraphSpec, look: Look, head: Head, legend: number): Circle {
  const height = look.height ?? head.height + legend + circleHeight(spec, look);
  const top = head.height + legend;
  const middle = { x: look.width / 2, y: top + (height - top) / 2 };
  const longest = Math.max(0, ...spec.nodes.map(({ name }) => textWidth(name, LABEL, "code")));
  const half = Math.min(look.width, height - top) / 2;
  const label = Math.min(longest, Math.max(60, half * 0.42));
  const radius = Math.max(30, half - label - 22);
  const groups = groupsOf(spec);
  const order = spec.nodes
    .map((node, index) => ({ node, index, group: groups.indexOf(node.group) }))
    .sort((a, b) => a.group - b.group || b.node.amount - a.node.amount || a.index - b.index);
  // Where names would touch, only the largest keep theirs.
  const fits = Math.floor((2 * Math.PI * (radius + 13)) / (LABEL + 3));
  const every = Math.max(1, Math.ceil(order.length / Math.max(1, fits)));
  const nodes: Place[] = [];
  for (const [at, { index }] of order.entries()) {
    const angle = -Math.PI / 2 + ((at + 0.5) / order.length) * 2 * Math.PI;
    nodes[index] = {
      x: middle.x + Math.cos(angle) * radius,
      y: middle.y + Math.sin(angle) * radius,
      angle,
      labelled: at % every === 0,
    };
  }
  return { nodes, middle, height, label };
}

function groupsOf({ nodes }: GraphSpec): readonly string[] {
  return [...new Set(nodes.map(({ group }) => group))];
}

function graphTip(params: unknown, spec: GraphSpec): Tip | undefined {
  const { seriesName } = params as { readonly seriesName?: unknown };
  const index = indexOf(params);
  if (seriesName === "links") {
    const link = spec.links[index];
    if (link === undefined) return undefined;
    const title = `${spec.nodes[link.from]?.name ?? ""} to ${spec.nodes[link.to]?.name ?? ""}`;
    return { title, rows: [{ name: "", value: formatQuantity(link.amount, spec.quantity) }] };
  }
  const node = spec.nodes[index];
  if (node === undefined) return undefined;
  return {
    title: node.name,
    rows: [{ name: node.group, value: formatQuantity(node.amount, spec.quantity) }],
  };
}
