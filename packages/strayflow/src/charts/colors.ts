import { greys, type Theme } from "./look.ts";

/** A colour for areas and lines, and one of the same hue that is dark (or light) enough for text. */
export interface Hue {
  readonly fill: string;
  readonly ink: string;
}

/**
 * The palette of Okabe and Ito ("Color Universal Design", 2008), which colour-blind people can tell apart. Black is left
 * to text; the blue is lifted on dark ground.
 */
const palettes: Readonly<Record<Theme, readonly Hue[]>> = {
  light: [
    { fill: "#0072b2", ink: "#0072b2" },
    { fill: "#e69f00", ink: "#8a5f00" },
    { fill: "#009e73", ink: "#007453" },
    { fill: "#cc79a7", ink: "#9c3f74" },
    { fill: "#56b4e9", ink: "#1b6c9c" },
    { fill: "#f0e442", ink: "#6d6400" },
    { fill: "#d55e00", ink: "#b04d00" },
    { fill: "#8c959f", ink: "#59636e" },
  ],
  dark: [
    { fill: "#2b8fd0", ink: "#6cbcf0" },
    { fill: "#e69f00", ink: "#f0b330" },
    { fill: "#009e73", ink: "#34c79c" },
    { fill: "#cc79a7", ink: "#e09fc4" },
    { fill: "#56b4e9", ink: "#8accf2" },
    { fill: "#f0e442", ink: "#f0e442" },
    { fill: "#d55e00", ink: "#ff9147" },
    { fill: "#7d8791", ink: "#a0aab4" },
  ],
};

const ALARM = 6;
const GREY = 7;
/** How many colours go to names that nobody has thought of: all but alarm and grey. */
const FREE = 6;

/** Things that appear in more than one chart and so have a colour of their own. */
const known: Readonly<Record<string, number>> = {
  tcp: 0,
  udp: 1,
  icmp: 2,
  sent: 0,
  received: 1,
  both: 2,
  train: 0,
  validation: 1,
  test: 2,
  client: 0,
  server: 1,
  scanner: ALARM,
  flagged: ALARM,
  anomaly: ALARM,
  internal: 0,
  external: 1,
  local: 0,
  remote: 1,
  pearson: 0,
  spearman: 1,
  "sent by originators": 0,
  "sent by responders": 1,
  opened: 0,
  got: 1,
  SF: 0,
  S0: 1,
  REJ: 3,
  dns: 1,
  http: 0,
  ssl: 2,
  ssh: 3,
  ntp: 4,
  dhcp: 5,
  other: GREY,
  others: GREY,
  unknown: GREY,
  unset: GREY,
};

/**
 * The colour of each name: the same for the same name wherever it appears, as far as that leaves all colours of one chart
 * different. A chart of a single unknown thing gets the accent.
 */
export function hues(names: readonly string[], theme: Theme): readonly Hue[] {
  const palette = palettes[theme];
  const taken = new Set<number>();
  const chosen = names.map((name) => {
    const index = Object.hasOwn(known, name) ? known[name] : undefined;
    if (index === undefined || (taken.has(index) && index !== GREY)) return undefined;
    taken.add(index);
    return index;
  });
  return names.map((name, at) => {
    const index = chosen[at] ?? (names.length === 1 ? 0 : freeColor(name, taken));
    taken.add(index);
    return palette[index] ?? fallback;
  });
}

/** Vermilion: what stands out, and nothing else. */
export function alarmHue(theme: Theme): Hue {
  return palettes[theme][ALARM] ?? fallback;
}

export function greyHue(theme: Theme): Hue {
  return palettes[theme][GREY] ?? fallback;
}

const fallback: Hue = { fill: greys.light.quiet, ink: greys.light.quiet };

function freeColor(name: string, taken: ReadonlySet<number>): number {
  const wanted = hashOf(name) % FREE;
  for (let step = 0; step < FREE; step++) {
    const index = (wanted + step) % FREE;
    if (!taken.has(index)) return index;
  }
  return [ALARM, GREY].find((index) => !taken.has(index)) ?? wanted;
}

/** FNV-1a, 32 bits. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

type Rgb = readonly [number, number, number];

/** Blue, white (or the dark ground), red: ColorBrewer's RdBu without its last step. */
const diverging: Readonly<Record<Theme, readonly [Rgb, Rgb, Rgb]>> = {
  light: [
    [33, 102, 172],
    [255, 255, 255],
    [178, 24, 43],
  ],
  dark: [
    [74, 144, 217],
    [35, 40, 47],
    [232, 93, 93],
  ],
};

/**
 * One hue, from the ground to full, even in lightness (CIE L* of 97, 79, 61, 43, 25 on light ground, 12 to 84 on dark).
 */
const density: Readonly<Record<Theme, readonly Rgb[]>> = {
  light: [
    [243, 247, 251],
    [167, 200, 226],
    [98, 153, 196],
    [36, 107, 157],
    [8, 62, 104],
  ],
  dark: [
    [26, 33, 41],
    [28, 74, 113],
    [45, 119, 176],
    [93, 167, 225],
    [174, 214, 245],
  ],
};

/** Colour of a correlation, -1 to 1. */
export function divergingColor(value: number, theme: Theme): string {
  const [low, middle, high] = diverging[theme];
  const part = Math.max(-1, Math.min(1, value));
  return part < 0 ? mix(middle, low, -part) : mix(middle, high, part);
}

/** Colour of a density, 0 to 1. */
export function densityColor(part: number, theme: Theme): string {
  const steps = density[theme];
  const place = Math.max(0, Math.min(1, part)) * (steps.length - 1);
  const index = Math.min(Math.floor(place), steps.length - 2);
  return mix(steps[index] ?? [0, 0, 0], steps[index + 1] ?? [0, 0, 0], place - index);
}

/** Black or white, whichever can be read on the colour (WCAG 2 relative luminance). */
export function textOn(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const linear = (part = 0) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return luminance > 0.179 ? "#000000" : "#ffffff";
}

function mix(from: Rgb, to: Rgb, part: number): string {
  const hex = (index: 0 | 1 | 2) =>
    Math.round(from[index] + (to[index] - from[index]) * part)
      .toString(16)
      .padStart(2, "0");
  return `#${hex(0)}${hex(1)}${hex(2)}`;
}
