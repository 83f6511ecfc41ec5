import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import sparticuz from "@sparticuz/chromium";
import { chromium, type Browser } from "playwright-core";

/** A real Chromium: `CHROMIUM_PATH`, else one on the PATH, else the one that comes as a development dependency. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM_PATH"] ?? onPath() ?? (await sparticuz.executablePath());
  // In a container there is no sandbox to be had; the pages are our own.
  return await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--headless=shell", "--disable-gpu"],
  });
}

function onPath(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders
    .flatMap((folder) => ["chromium", "chromium-browser"].map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}
