import type { Alert } from "../detect/alert.ts";
import { escapeText } from "./escape.ts";
import { rarityText } from "./incident-table.ts";
import type { Page } from "./page.ts";

/** Why an alert is one: what named detectors say, then the features that carry its score, with the names to suppress by. */
export function addReasons(page: Page, { detections, reasons, caveats }: Alert, indent = 2): void {
  for (const { detector, pValue, sentence } of detections)
    page.text(`${escapeText(`${detector}: ${sentence}`)}; ${rarityText(pValue)}`, indent);
  for (const { feature, text } of reasons) page.text(escapeText(`${feature}: ${text}`), indent);
  for (const caveat of caveats) page.text(`caution: ${escapeText(caveat)}`, indent);
}
