import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { renderPage } from "../../src/report/render-page.ts";
import { renderSvg } from "../../src/report/render-svg.ts";
import { exampleCharts, exampleDocument, hostileTexts } from "../report/example-document.ts";
import { openBrowser } from "./chromium.ts";

let folder = "";
let address = "";
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-page-"));
  address = pathToFileURL(join(folder, "report.html")).href;
  await writeFile(join(folder, "report.html"), await renderPage(exampleDocument));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  { width: 1280, height: 900, colorScheme: "light" },
  { width: 1280, height: 900, colorScheme: "dark" },
  { width: 390, height: 844, colorScheme: "light" },
] as const)(
  "at $width pixels, $colorScheme: every chart is drawn, nothing is loaded, no error, no hostile text acts",
  async (look) => {
    await using opened = await openPage(address, look);
    const { page, complaints, requests } = opened;
    // In the order of the page, as a reader comes to them.
    for (const id of await page
      .locator("figure[id^=chart-]:visible")
      .evaluateAll((all) => all.map((each) => each.id))) {
      const canvas = page.locator(`#${id} .canvas`);
      await canvas.scrollIntoViewIfNeeded();
      await canvas.locator("svg path, svg rect").first().waitFor({ state: "attached" });
    }
    expect(await page.locator(".canvas svg").count()).toBe(Object.keys(exampleCharts).length - 1);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(look.width);
    expect(await page.evaluate("window.broken")).toBeUndefined();
    expect(await page.locator("img, iframe, main script").count()).toBe(0);
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(look.colorScheme === "dark" ? "rgb(20, 24, 29)" : "rgb(255, 255, 255)");
    expect(complaints).toEqual([]);
    expect(requests).toEqual([address]);
  },
);

test("hostile text is shown as it stands, in tables, headlines and tooltips", async () => {
  await using opened = await openPage(address);
  const { page, complaints } = opened;
  await page.getByRole("cell", { name: hostileTexts[0], exact: true }).waitFor();
  await page.getByRole("heading", { name: `A service is named ${hostileTexts[0]}.` }).waitFor();
  const canvas = page.locator("#chart-bars-hostile .canvas");
  await canvas.scrollIntoViewIfNeeded();
  await canvas.locator("svg").waitFor();
  await canvas.hover({ position: { x: 300, y: 50 } });
  const tip = page.locator("#chart-bars-hostile .tip b");
  await tip.waitFor();
  expect(hostileTexts as readonly string[]).toContain(await tip.textContent());
  expect(await page.evaluate("window.broken")).toBeUndefined();
  expect(complaints).toEqual([]);
});

test("findings stand worst first", async () => {
  await using opened = await openPage(address);
  expect(await opened.page.locator(".severity").allTextContents()).toEqual([
    "critical",
    "high",
    "medium",
    "low",
    "note",
  ]);
});

test("drawing over a time line shows that time in all of them, kept in the address; a double click shows all", async () => {
  await using opened = await openPage(address);
  const { page, complaints } = opened;
  const line = page.locator("#chart-timeline-lines");
  const rows = async () => {
    const found = page.locator("#chart-timeline-bars").locator("tbody tr");
    return await found.count();
  };
  const bars = page.locator("#chart-timeline-bars");
  await bars.locator(".canvas").scrollIntoViewIfNeeded();
  await bars.locator(".canvas svg").waitFor();
  const box = (await bars.locator(".canvas").boundingBox())!;
  await page.mouse.move(box.x + 200, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + 300, box.y + 100, { steps: 4 });
  await bars.locator(".brush").waitFor();
  await page.mouse.up();
  await bars.getByRole("button", { name: "Whole time" }).waitFor();
  expect(page.url()).toContain("time=");
  await bars.getByRole("button", { name: "Table" }).click();
  await bars.getByRole("button", { name: /Show all/ }).click();
  const cut = await rows();
  await bars.locator(".canvas").dblclick({ position: { x: 250, y: 100 } });
  await bars.getByRole("button", { name: "Whole time" }).waitFor({ state: "hidden" });
  expect(page.url()).not.toContain("time=");
  await bars.getByRole("button", { name: /Show all/ }).click();
  expect(cut).toBeGreaterThan(1);
  expect(await rows()).toBeGreaterThan(cut);
  await line.waitFor();
  expect(complaints).toEqual([]);
});

test("a choice and a theme stay in the address, and a host in a table leads to its profile", async () => {
  await using opened = await openPage(address);
  const { page } = opened;
  await page.getByRole("tab", { name: "Pairs of hosts" }).click();
  await page.locator("#chart-heatmap-pairs svg").waitFor();
  await page.getByLabel("Host", { exact: true }).selectOption({ label: "10.0.0.7" });
  await page.getByRole("button", { name: "Dark theme" }).click();
  const chosen = page.url();
  expect(chosen).toMatch(/#.*=pairs.*=host-7.*theme=dark/);
  await using again = await openPage(chosen);
  await again.page.getByText("Profile of host 7.").waitFor();
  expect(await again.page.getByRole("tab", { name: "Pairs of hosts" }).getAttribute("aria-selected")).toBe(
    "true",
  );
  expect(await again.page.getAttribute("html", "data-theme")).toBe("dark");
  await again.page.getByRole("button", { name: "10.0.0.3", exact: true }).click();
  await again.page.getByText("Profile of host 3.").waitFor();
});

test("a table is sorted by a click, unset last, and shows all its rows when asked", async () => {
  await using opened = await openPage(address);
  const { page } = opened;
  const table = page.getByRole("region", { name: "Hosts by bytes sent" });
  const column = () => table.locator("tbody tr td:nth-child(4)").allTextContents();
  await table.getByRole("button", { name: "connections" }).click();
  expect((await column())[0]).toBe("65,536");
  await page.getByRole("button", { name: "Show all 64 rows" }).click();
  expect((await column()).length).toBe(64);
  expect((await column()).at(-1)).toBe("–");
  await table.getByRole("button", { name: "connections" }).click();
  expect((await column())[0]).toBe("0");
  expect((await column()).at(-1)).toBe("–");
});

test("a chart has its table, and saves the same picture as the file beside the report", async () => {
  await using opened = await openPage(address);
  const { page, complaints } = opened;
  const chart = page.locator("#chart-curves-loss");
  await chart.getByRole("button", { name: "Table" }).click();
  expect(await chart.locator("tbody tr").count()).toBe(20);
  const saved = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      chart.getByRole("button", { name }).click(),
    ]);
    return await readFile(await download.path());
  };
  const svg = String(await saved("SVG"));
  const shapes = (text: string) => text.match(/<(?:path|text|rect)\b/g)?.length;
  expect(shapes(svg)).toBe(shapes(renderSvg(exampleCharts["curves-loss"]!)));
  expect((await saved("PNG")).subarray(1, 4).toString()).toBe("PNG");
  expect(String(await saved("CSV")).split("\r\n")[0]).toBe("epoch,train,validation");
  expect(complaints).toEqual([]);
});

test("print has every chart, every choice and every row", async () => {
  await using opened = await openPage(address);
  const { page } = opened;
  await page.emulateMedia({ media: "print" });
  await page.evaluate("window.dispatchEvent(new Event('beforeprint'))");
  for (const id of Object.keys(exampleCharts))
    expect(await page.locator(`#chart-${id} .canvas svg`).count(), id).toBe(1);
  expect(await page.getByText("Profile of host 11.").isVisible()).toBe(true);
  expect(await page.locator(".actions").first().isVisible()).toBe(false);
  const rows = await page.getByRole("region", { name: "Hosts by bytes sent" }).locator("tbody tr").count();
  expect(rows).toBe(64);
});

interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What came to the console, and errors that nothing caught. */
  readonly complaints: readonly string[];
  readonly requests: readonly string[];
}

async function openPage(
  url: string,
  look: { readonly width: number; readonly height: number; readonly colorScheme: "light" | "dark" } = {
    width: 1280,
    height: 900,
    colorScheme: "light",
  },
): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: look, colorScheme: look.colorScheme });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(dialog.message()));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, complaints, requests, [Symbol.asyncDispose]: () => page.close() };
}
