import type { ReportTimes } from "../output/training-report.ts";
import type { ReportDocument } from "../report/document.ts";

/** One HTML text. The charts are loaded only now: most runs make none. */
export async function renderReport(document: ReportDocument): Promise<string> {
  const { renderPage } = await import("../report/render-page.ts");
  return await renderPage(document);
}

/** Times of a report that is written now. */
export function timesIn(zone: string): ReportTimes {
  return { zone, written: Math.floor(Date.now() / 1000) };
}
