import type { Theme } from "../../charts/look.ts";
import type { Cell, CellQuantity } from "../document.ts";
import { formatExact, formatQuantity } from "../../charts/quantity.ts";
import type { timeFormatter } from "../../charts/zone-time.ts";
import type { SharedRange } from "./time-range.ts";

/** What the parts of the page share. */
export interface PageContext {
  readonly time: ReturnType<typeof timeFormatter>;
  readonly theme: () => Theme;
  readonly charts: ChartShelf;
  readonly state: PageState;
  readonly range: SharedRange;
  /** Names that have a view of their own, such as hosts with a profile. */
  readonly openable: ReadonlySet<string>;
  /** What shows the view of a name. */
  readonly openers: Map<string, () => void>;
  /** To be called before the page is printed. */
  readonly beforePrint: (() => void)[];
}

/** Charts that are drawn when they come into view. */
export interface ChartShelf {
  readonly add: (chart: LazyChart) => void;
}

export interface LazyChart {
  readonly holder: HTMLElement;
  /** Draws, or draws again: where size or theme have changed. */
  readonly draw: (theme: Theme, width?: number) => void;
  /** Gives the holder its height, so that nothing moves when the chart is drawn. */
  readonly reserve: () => void;
}

/** What the reader has chosen, kept in the address. */
export interface PageState {
  readonly get: (key: string) => string | undefined;
  readonly set: (key: string, value: string | undefined) => void;
}

/** A cell as it is shown, and exactly where that was rounded. */
export function cellText(
  cell: Cell,
  quantity: CellQuantity | undefined,
  { time }: Pick<PageContext, "time">,
): { readonly text: string; readonly exact: string | undefined } {
  if (cell === null) return { text: "–", exact: undefined };
  if (typeof cell === "string") return { text: cell, exact: undefined };
  if (quantity === "time") {
    const text = time(cell);
    const exact = time(cell, "exact");
    return { text, exact: exact === text ? undefined : exact };
  }
  const amount = quantity === undefined || quantity === "text" || quantity === "code" ? "number" : quantity;
  return { text: formatQuantity(cell, amount), exact: formatExact(cell, amount) };
}
