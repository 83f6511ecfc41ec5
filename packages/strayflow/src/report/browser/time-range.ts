import type { TimeRange } from "../../charts/cut-timeline.ts";
import type { PageState } from "./context.ts";
import { element } from "./elements.ts";

/** The stretch of time that all time lines of the page show; kept in the address. */
export interface SharedRange {
  readonly get: () => TimeRange | undefined;
  readonly set: (range: TimeRange | undefined) => void;
  readonly onChange: (action: () => void) => void;
}

const KEY = "time";

export function sharedRange(state: PageState): SharedRange {
  const actions: (() => void)[] = [];
  let range = readRange(state.get(KEY));
  return {
    get: () => range,
    set(wanted) {
      range = wanted;
      state.set(KEY, wanted === undefined ? undefined : `${wanted.from}..${wanted.to}`);
      for (const action of actions) action();
    },
    onChange: (action) => void actions.push(action),
  };
}

function readRange(text: string | undefined): TimeRange | undefined {
  const [from = NaN, to = NaN] = (text ?? "").split("..").map(Number);
  return from < to ? { from, to } : undefined;
}

/** Pixels that a pointer moves in a click. */
const CLICK = 4;

/**
 * Lets a range be chosen by drawing a mouse or a pen over `holder`, and all of the time by a double click. Fingers scroll.
 * `timeAt` gives the time at so many pixels from the left of `holder`.
 */
export function brushTime(
  holder: HTMLElement,
  timeAt: (pixels: number) => number | undefined,
  range: SharedRange,
): void {
  const band = element("div", { class: "brush" });
  let start: number | undefined;
  const place = (event: PointerEvent) => {
    const box = holder.getBoundingClientRect();
    return Math.min(Math.max(event.clientX - box.left, 0), box.width);
  };
  holder.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button !== 0) return;
    start = place(event);
    holder.setPointerCapture(event.pointerId);
  });
  holder.addEventListener("pointermove", (event) => {
    if (start === undefined) return;
    const now = place(event);
    if (Math.abs(now - start) < CLICK) return;
    event.preventDefault();
    holder.append(band);
    band.style.left = `${Math.min(start, now)}px`;
    band.style.width = `${Math.abs(now - start)}px`;
  });
  const end = (event: PointerEvent) => {
    const from = start;
    start = undefined;
    band.remove();
    if (from === undefined || event.type === "pointercancel") return;
    const to = place(event);
    if (Math.abs(to - from) < CLICK) return;
    const times = [timeAt(Math.min(from, to)), timeAt(Math.max(from, to))];
    if (times[0] !== undefined && times[1] !== undefined) {
      range.set({ from: Math.round(times[0]), to: Math.round(times[1]) });
    }
  };
  holder.addEventListener("pointerup", end);
  holder.addEventListener("pointercancel", end);
  holder.addEventListener("dblclick", () => {
    if (range.get() !== undefined) range.set(undefined);
  });
}
