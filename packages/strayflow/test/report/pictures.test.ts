import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { renderPng } from "../../src/report/render-png.ts";
import { renderSvg } from "../../src/report/render-svg.ts";
import { exampleCharts, hostileTexts } from "./example-document.ts";

/** One of each kind is compared to the byte; `vitest -u` writes them anew, for a person to look at. */
const golden = [
  "bars-hostile",
  "bars-hosts",
  "curves-loss",
  "days-three",
  "graph-one",
  "heatmap-correlation",
  "histogram-log",
  "timeline-lines",
];

describe("every example", () => {
  test.each(Object.keys(exampleCharts))("%s is drawn alike twice, light and dark, wide and narrow", (id) => {
    const spec = exampleCharts[id]!;
    for (const look of [{}, { theme: "dark" as const }, { width: 360 }]) {
      const svg = renderSvg(spec, look);
      expect(renderSvg(spec, look)).toBe(svg);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

test.each(golden)("%s looks as it did", async (id) => {
  await expect(renderSvg(exampleCharts[id]!)).toMatchFileSnapshot(`golden/${id}.svg`);
});

test("text of a log is text in a picture", () => {
  const svg = renderSvg(exampleCharts["bars-hostile"]!);
  const tags = new Set([...svg.matchAll(/<([A-Za-z!/?]+)/g)].map(([, name]) => name));
  expect(
    [...tags].filter((name) => !name?.startsWith("/")).toSorted((a = "", b = "") => a.localeCompare(b)),
  ).toEqual(["path", "rect", "svg", "text", "title"]);
  expect(svg).not.toContain(hostileTexts[0]);
  expect(svg).toContain("\\u{202e}");
});

test("a picture file is a PNG of twice the size, the same every time", async () => {
  const svg = renderSvg(exampleCharts["bars-hosts"]!);
  const png = Buffer.from(await renderPng(svg));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.readUInt32BE(16)).toBe(1800);
  const again = await renderPng(svg);
  const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  expect(hash(again)).toBe(hash(png));
});
