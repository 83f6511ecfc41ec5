import { formatBytes, formatDuration } from "../base/units.ts";
import { saidOf } from "../detect/incidents/index.ts";
import { escapeText } from "./escape.ts";
import { figure } from "./figures.ts";
import type { ListStyle } from "./incident-list.ts";
import { endpointsText, rarityText, uidText } from "./incident-table.ts";
import { Page } from "./page.ts";
import { addReasons } from "./reason-lines.ts";
import { shortId, type ShownAlert, type ShownIncident } from "./stored.ts";
import { conditionsText, type ShownSuppression } from "./suppression-text.ts";

/** All that is known of an alert. */
export interface AlertDossier {
  readonly shown: ShownAlert;
  readonly incident: ShownIncident;
  readonly suppressions: readonly ShownSuppression[];
  /** The connection as it was logged, where it is stored. */
  readonly row?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  readonly next: readonly string[];
}

/** The page of an alert. */
export function alertPage(
  { shown, incident, suppressions, row, next }: AlertDossier,
  { columns, style, times }: ListStyle,
): string[] {
  const { alert } = shown;
  const page = new Page(columns, style);
  page.title(escapeText(saidOf(alert)) || endpointsText(alert));
  page.fact("connection", endpointsText(alert));
  page.fact(
    "seen",
    `${times.span(alert.ts, alert.end)} (${escapeText(times.zone)}), ${times.age(alert.end)}`,
  );
  page.fact("lasted", formatDuration(alert.end - alert.ts));
  page.fact("payload", payloadText(alert.sentBytes, alert.receivedBytes));
  page.fact("rarity", `${rarityText(alert.pValue)} for normal traffic`);
  page.fact("score", figure(alert.score));
  page.fact("uid", uidText(alert.uid));
  page.fact("sensor", escapeText(shown.sensor));
  page.fact("id", shown.id);
  page.section("Why", () => addReasons(page, alert));
  page.section("Part of", () =>
    page.text(
      `${shortId(shown.incident)}  ${incident.incident.severity}  ${escapeText(incident.incident.headline)}`,
    ),
  );
  page.section("Suppressed by", () => {
    for (const suppression of suppressions)
      page.text(
        `${suppression.id}: ${conditionsText(suppression)} (${escapeText(suppression.author)}: ${escapeText(suppression.note)})`,
      );
  });
  page.section("As logged", () => {
    if (row === undefined) return;
    const set = Object.entries(row).filter(([, value]) => value !== null);
    page.text(set.map(([name, value]) => `${name}=${escapeText(String(value))}`).join("  "));
  });
  page.section("Next", () => {
    for (const command of next) page.verbatim(command);
  });
  return page.lines;
}

function payloadText(sent: number, received: number): string {
  const parts = [];
  if (!Number.isNaN(sent)) parts.push(`sent ${formatBytes(sent)}`);
  if (!Number.isNaN(received)) parts.push(`received ${formatBytes(received)}`);
  return parts.join(", ");
}
