import type { Theme } from "../../charts/look.ts";
import type { ChartShelf, LazyChart } from "./context.ts";

/** Pixels above and below the screen within which charts are drawn. */
const AHEAD = 400;
/** Pixels of the text of a printed page, A4 or Letter. */
const PAPER = 680;

export interface DrawingShelf extends ChartShelf {
  /** Draws again what is drawn, in another theme or width. */
  readonly redraw: () => void;
  /** Draws everything for paper; `redraw` goes back. */
  readonly drawForPrint: () => void;
}

/** Draws each chart when it comes near the screen: a page of a hundred charts opens as fast as one of two. */
export function chartShelf(theme: () => Theme): DrawingShelf {
  const charts = new Map<Element, LazyChart>();
  const drawn = new Set<LazyChart>();
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const chart = charts.get(target);
        if (!isIntersecting || chart === undefined || drawn.has(chart) || target.clientWidth === 0) continue;
        drawn.add(chart);
        chart.draw(theme());
      }
    },
    { rootMargin: `${AHEAD}px 0px` },
  );
  let width = 0;
  const redraw = () => {
    for (const chart of charts.values()) {
      if (drawn.has(chart)) chart.draw(theme());
      else chart.reserve();
    }
  };
  const resizes = new ResizeObserver(() => {
    const now = document.documentElement.clientWidth;
    if (now === width) return;
    width = now;
    redraw();
  });
  resizes.observe(document.documentElement);
  return {
    add(chart) {
      charts.set(chart.holder, chart);
      watcher.observe(chart.holder);
    },
    redraw,
    drawForPrint() {
      for (const chart of charts.values()) chart.draw("light", PAPER);
      // Those that were not drawn before are of another width now.
      for (const chart of charts.values()) drawn.add(chart);
    },
  };
}
