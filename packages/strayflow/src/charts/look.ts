/** How a chart is drawn, apart from what it shows. */
export interface Look {
  readonly theme: Theme;
  /** Pixels. */
  readonly width: number;
  /** Pixels; what the chart needs where absent (`chartHeight`). */
  readonly height?: number;
  /** Draws title and note into the picture: for pictures that stand alone. */
  readonly titled?: boolean;
  /**
   * Makes the element that is shown under the pointer. Charts without one have no tooltip. What it is given may be text
   * from a log; it must not become markup.
   */
  readonly tip?: (tip: Tip) => object;
}

export type Theme = "light" | "dark";

/** What a tooltip says. */
export interface Tip {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly value: string; readonly color?: string }[];
}

/** The greys and the accent of a theme. The page takes its colours from here too. */
export interface Greys {
  readonly background: string;
  readonly text: string;
  /** Text of second rank; contrast of at least 4.5 on the background. */
  readonly quiet: string;
  readonly axis: string;
  readonly grid: string;
  readonly accent: string;
}

export const greys: Readonly<Record<Theme, Greys>> = {
  light: {
    background: "#ffffff",
    text: "#1f2328",
    quiet: "#59636e",
    axis: "#8c959f",
    grid: "#e8ebef",
    accent: "#0072b2",
  },
  dark: {
    background: "#14181d",
    text: "#e6e9ec",
    quiet: "#a0aab4",
    axis: "#66707b",
    grid: "#292f37",
    accent: "#56b4e9",
  },
};

/** Fonts that need no file: those of the system, and the ones that pictures carry. */
export const fonts = {
  sans: "system-ui, 'DejaVu Sans Condensed', sans-serif",
  /** The picture maker knows its own font only where it stands first. */
  code: "'DejaVu Sans Mono', ui-monospace, monospace",
} as const;
