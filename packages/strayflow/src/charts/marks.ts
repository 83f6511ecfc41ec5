import type { CustomSeriesOption, CustomSeriesRenderItemReturn } from "echarts";
import { alarmHue } from "./colors.ts";
import { fonts, greys, type Look } from "./look.ts";
import { cutText, textWidth } from "./text.ts";
import { TEXT } from "./frame.ts";

/** A value to point at, or a stretch that stands out, in the numbers of the axis across. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** 0 to 4; absent where it is a place and no anomaly, such as a threshold. */
  readonly severity?: number;
}

/**
 * Draws marks over everything else: a line for a place, a tinted band under a bar for a stretch. Bars are the thicker the
 * more severe. The label of a place goes a line lower where it would run into one before; any other is left out there: tooltip and
 * table have them all.
 */
export function markSeries(marks: readonly Mark[], look: Look): readonly CustomSeriesOption[] {
  if (marks.length === 0) return [];
  const sorted = marks.toSorted((a, b) => (b.severity ?? 4) - (a.severity ?? 4) || a.from - b.from);
  return [
    {
      type: "custom",
      name: "marks",
      z: 6,
      silent: true,
      tooltip: { show: false },
      data: [[sorted[0]?.from ?? 0, 0]],
      renderItem: (params, api) => {
        const plot = params.coordSys as unknown as { x: number; y: number; width: number; height: number };
        const taken: Label[] = [];
        const children: object[] = [];
        for (const mark of sorted)
          children.push(...drawMark(mark, plot, (x) => api.coord([x, 0])[0] ?? 0, taken, look));
        return { type: "group", children } as unknown as CustomSeriesRenderItemReturn;
      },
    },
  ];
}

interface Label {
  readonly left: number;
  readonly right: number;
  readonly line: number;
}

function drawMark(
  mark: Mark,
  plot: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  toPixel: (x: number) => number,
  taken: Label[],
  look: Look,
): readonly object[] {
  const end = plot.x + plot.width;
  const left = Math.max(plot.x, toPixel(mark.from));
  const right = Math.min(end, Math.max(toPixel(mark.to), left + 2));
  if (left > end || right < plot.x) return [];
  const isPlace = mark.severity === undefined;
  const color = isPlace ? greys[look.theme].text : alarmHue(look.theme).fill;
  const bar = 2 + (mark.severity ?? 0);
  const shapes: object[] = isPlace
    ? [rect(left - 0.5, plot.y, 1, plot.height, color, 1)]
    : [
        rect(left, plot.y, right - left, plot.height, color, look.theme === "dark" ? 0.28 : 0.18),
        rect(left, plot.y - bar, right - left, bar, color, 1),
      ];
  const text = cutText(mark.label, Math.min(260, plot.width - 8), TEXT);
  const width = textWidth(text, TEXT);
  const toLeft = left + width + 6 > end;
  const start = toLeft ? Math.min(left - 6, end) - width : left + 5;
  const isFree = (line: number) =>
    !taken.some((other) => other.line === line && start < other.right + 6 && start + width > other.left - 6);
  const line = [0, ...(isPlace ? [1, 2] : [])].find(isFree);
  if (start < plot.x || line === undefined) return shapes;
  taken.push({ left: start, right: start + width, line });
  const ink = isPlace ? greys[look.theme].text : alarmHue(look.theme).ink;
  shapes.push({
    type: "text",
    style: {
      text,
      x: start,
      y: plot.y + 4 + line * (TEXT + 5),
      fill: ink,
      fontSize: TEXT,
      fontFamily: fonts.sans,
      stroke: greys[look.theme].background,
      lineWidth: 3,
    },
  });
  return shapes;
}

function rect(x: number, y: number, width: number, height: number, fill: string, opacity: number): object {
  return { type: "rect", shape: { x, y, width, height }, style: { fill, opacity } };
}
