import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { exploreDocument } from "../../src/explore/document/explore-document.ts";
import { explore } from "../../src/explore/explore.ts";
import { renderPage } from "../../src/report/render-page.ts";
import { openBrowser } from "./chromium.ts";

const evil = `</script><img/src=x onerror="window.broken=1"><svg/onload=window.broken=1>`;

test("a log full of markup gives a page that shows it and does nothing of it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "strayflow-hostile-"));
  const browser = await openBrowser();
  try {
    const log = join(folder, "conn.log");
    const fields = ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration",
      "orig_bytes", "resp_bytes", "conn_state", "history"]; // prettier-ignore
    const rows = Array.from(
      { length: 300 },
      (_, k) =>
      [1_700_000_000 + 61 * k, `C${k}${evil}`, "10.0.0.1", 40_000 + k, "10.0.0.2", k % 7, evil, `ssh,${evil}`, k,
        k * 10, k * 100, evil, evil].join("\t"), // prettier-ignore
    );
    await writeFile(log, ["#path\tconn", `#fields\t${fields.join("\t")}`, ...rows, ""].join("\n"));
    const result = await explore({ inputs: [log], timezone: "UTC", now: 1.8e9 });
    const file = join(folder, "report.html");
    await writeFile(file, await renderPage(exploreDocument(result, 1.8e9)));
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => complaints.push(dialog.message()));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) complaints.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    // Every chart, table and tooltip text is made: all is drawn, as for paper.
    await page.evaluate("window.dispatchEvent(new Event('beforeprint'))");
    for (const canvas of await page.locator(".canvas:visible").all()) {
      await canvas.scrollIntoViewIfNeeded();
      await canvas.hover({ position: { x: 250, y: 40 } });
    }
    const [finding] = result.findings.filter(({ sentence }) => sentence.startsWith("10.0.0.2 "));
    await page.getByRole("heading", { name: finding!.sentence }).getByRole("button").click();
    expect(await page.locator("#profiles .panel:visible").getByText("10.0.0.2").count()).toBeGreaterThan(0);
    expect(await page.getByText("onerror=").count()).toBeGreaterThan(0);
    expect(await page.evaluate("window.broken")).toBeUndefined();
    expect(await page.locator("main img, main script, main iframe").count()).toBe(0);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
});
