import fc from "fast-check";
import { expect, test } from "vitest";
import { densityColor, divergingColor, hues, textOn } from "../../src/charts/colors.ts";
import { greys, type Theme } from "../../src/charts/look.ts";
import { formatExact, formatQuantity } from "../../src/charts/quantity.ts";
import type { Quantity } from "../../src/charts/spec.ts";
import { cutText, textWidth, wrapText } from "../../src/charts/text.ts";
import { linearScale, logScale } from "../../src/charts/ticks.ts";

const quantities: readonly Quantity[] = ["count", "bytes", "seconds", "share", "number", "per-second"];
const themes: readonly Theme[] = ["light", "dark"];

test("a linear axis covers its data, begins at 0 when they do, and labels no two ticks alike", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...quantities),
      fc.double({ min: 1e-3, max: 1e12, noNaN: true }),
      (quantity, most) => {
        const { min, max, ticks } = linearScale(quantity, 0, most, 5);
        expect(min).toBe(0);
        expect(max).toBeGreaterThanOrEqual(most * (1 - 1e-9));
        expect(ticks.length).toBeLessThan(12);
        expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length);
      },
    ),
  );
});

test("a logarithmic axis covers its data; its ticks are round", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e12, noNaN: true }),
      fc.double({ min: 0, max: 12, noNaN: true }),
      (low, powers) => {
        const high = low * 10 ** powers;
        const { min, max, ticks } = logScale("number", low, high, 8);
        expect(10 ** min).toBeLessThanOrEqual(low * (1 + 1e-6));
        expect(10 ** max).toBeGreaterThanOrEqual(high * (1 - 1e-6));
        for (const { at } of ticks) expect(at).toBeCloseTo(Math.round(at), 9);
      },
    ),
  );
  expect(logScale("seconds", 1, 1e6, 12).ticks.map(({ text }) => text)).toEqual([
    "1 s",
    "10 s",
    "1 min",
    "10 min",
    "1 h",
    "1 d",
    "10 d",
  ]);
});

test("a logarithmic axis of less than two decades has ticks all along", () => {
  const { ticks } = logScale("number", 0.115, 7.5, 12, true);
  expect(ticks.map(({ text }) => text)).toEqual(["0.2", "0.5", "1", "2", "5"]);
});

test("a number has its unit, and what was rounded off can be had", () => {
  expect(formatQuantity(1_403_221, "bytes")).toBe("1.4 MB");
  expect(formatExact(1_403_221, "bytes")).toBe("1,403,221 bytes");
  expect(formatExact(512, "bytes")).toBeUndefined();
  expect(formatQuantity(null, "count")).toBe("–");
  expect(formatQuantity(8080, "port")).toBe("8080");
  expect(formatQuantity(0.0000123, "number")).toBe("0.0000123");
  expect(formatQuantity(-0.5, "number")).toBe("−0.5");
});

test("the same name has the same colour, and names of one chart differ", () => {
  for (const theme of themes) {
    expect(hues(["udp", "tcp"], theme)[1]).toEqual(hues(["tcp", "icmp"], theme)[0]);
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    expect(new Set(hues(names, theme).map(({ fill }) => fill)).size).toBe(names.length);
  }
});

test("text in colour can be read on its ground", () => {
  for (const theme of themes) {
    const ground = greys[theme].background;
    const inks = hues(["a", "b", "c", "d", "e", "f", "g", "h"], theme).map(({ ink }) => ink);
    for (const ink of [...inks, greys[theme].quiet, greys[theme].text, greys[theme].accent]) {
      expect(contrast(ink, ground), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    for (let value = -1; value <= 1; value += 0.1) {
      const fill = divergingColor(value, theme);
      expect(contrast(textOn(fill), fill)).toBeGreaterThanOrEqual(4.5);
    }
  }
});

test("a density ramp is even in lightness and goes one way", () => {
  for (const theme of themes) {
    const light = [0, 0.25, 0.5, 0.75, 1].map((part) => lightness(densityColor(part, theme)));
    const steps = light.slice(1).map((value, index) => value - (light[index] ?? 0));
    const middle = (light.at(-1)! - light[0]!) / 4;
    for (const step of steps) expect(Math.abs(step / middle - 1)).toBeLessThan(0.05);
  }
});

test("texts are cut and wrapped to their room, with nothing unseen left in them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 30, max: 400 }), (text, width) => {
      expect(textWidth(cutText(text, width, 12), 12)).toBeLessThanOrEqual(width);
      for (const line of wrapText(text, width, 12)) expect(textWidth(line, 12)).toBeLessThanOrEqual(width);
      expect(cutText(text, width, 12)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }),
  );
  expect(cutText("2001:0db8:85a3:0000:0000:8a2e:0370:7334", 150, 12, "code")).toMatch(/^2001.*…(.*)7334$/);
});

function linear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

function luminance(color: string): number {
  const parts = [1, 3, 5].map((at) => linear(Number.parseInt(color.slice(at, at + 2), 16) / 255));
  return 0.2126 * (parts[0] ?? 0) + 0.7152 * (parts[1] ?? 0) + 0.0722 * (parts[2] ?? 0);
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** CIE L*. */
function lightness(color: string): number {
  const y = luminance(color);
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}
