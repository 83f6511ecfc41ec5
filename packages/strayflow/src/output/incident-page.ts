import { formatBytes, formatCount } from "../base/units.ts";
import { countText, saidOf, type DistinctList, type Incident } from "../detect/incidents/index.ts";
import { escapeText } from "./escape.ts";
import { countOf } from "./figures.ts";
import type { ListStyle } from "./incident-list.ts";
import { endpointsText, rarityText, uidText } from "./incident-table.ts";
import { Page } from "./page.ts";
import { addReasons } from "./reason-lines.ts";
import { shortId, statusText, type ShownAlert, type ShownIncident } from "./stored.ts";
import { conditionsText, type ShownSuppression } from "./suppression-text.ts";

/** Who did what to an incident, when. */
export interface HistoryLine {
  readonly time: number;
  readonly action: "close" | "reopen" | "confirm" | "note" | "suppress" | "unsuppress";
  readonly author: string;
  readonly note: string;
}

/** All that is known of an incident. */
export interface IncidentDossier {
  readonly shown: ShownIncident;
  readonly history: readonly HistoryLine[];
  /** The strongest of those that are kept, strongest first: those to explain, the uids of more, and how many are kept. */
  readonly alerts: readonly ShownAlert[];
  readonly uids: readonly string[];
  readonly kept: number;
  /** Those that cover some of the alerts. */
  readonly suppressions: readonly ShownSuppression[];
  /** Commands that go on from here. */
  readonly next: readonly string[];
}

/** The page of an incident: headline first, then what, why, who said what about it, and what to do next. */
export function incidentPage(dossier: IncidentDossier, { columns, style, times }: ListStyle): string[] {
  const { shown, alerts, uids, kept, history, suppressions, next } = dossier;
  const { incident } = shown;
  const page = new Page(columns, style);
  page.title(escapeText(incident.headline));
  page.fact("severity", incident.severity);
  page.fact("status", statusLine(dossier));
  page.fact(
    "seen",
    `${times.span(incident.firstSeen, incident.lastSeen)} (${escapeText(times.zone)}), ${times.age(incident.lastSeen)}`,
  );
  page.fact("host", `${escapeText(incident.host)}, ${roleText(incident)}`);
  page.fact("kind", escapeText(incident.kind));
  page.fact("alerts", alertsText(shown));
  page.fact("rarity", `${rarityText(incident.pValue)} for normal traffic`);
  page.fact("sources", listText(incident.sources));
  page.fact("targets", listText(incident.targets));
  page.fact("ports", listText(incident.ports));
  page.fact("payload", payloadText(incident));
  page.fact("sensor", escapeText(shown.sensor));
  page.fact("id", incident.id);

  page.section("Story", () => {
    for (const { moment, alert } of incident.story) {
      page.text(`${moment.padEnd(5)}  ${times.time(alert.ts)}  ${endpointsText(alert)}`);
      const said = escapeText(saidOf(alert));
      if (said !== "" && said !== escapeText(incident.headline)) page.text(said, 9);
    }
  });
  page.section(`Strongest alerts (${formatCount(alerts.length)} of ${formatCount(incident.alerts)})`, () => {
    for (const { id, alert } of alerts) {
      page.text(
        `${shortId(id)}  ${times.time(alert.ts)}  ${rarityText(alert.pValue)}  ${endpointsText(alert)}`,
      );
      addReasons(page, alert, 4);
    }
  });
  page.section("Cautions", () => {
    for (const caveat of incident.caveats) page.text(escapeText(caveat));
  });
  page.section("Suppressed by", () => {
    for (const suppression of suppressions)
      page.text(
        `${suppression.id}: ${conditionsText(suppression)} (${escapeText(suppression.author)}: ${escapeText(suppression.note)})`,
      );
  });
  page.section("History", () => {
    for (const entry of history) page.text(historyText(entry, times));
  });
  page.section("Rows in the log (uid)", () => {
    const more = kept > uids.length ? ` and ${formatCount(kept - uids.length)} more: --json` : "";
    const known = uids.filter((uid) => uid !== "");
    if (known.length > 0) page.text(known.map(uidText).join(" ") + more);
  });
  page.section("Next", () => {
    for (const command of next) page.verbatim(command);
  });
  return page.lines;
}

function statusLine({ shown, history }: IncidentDossier): string {
  const { status, isOver, replacedBy } = shown;
  if (replacedBy !== undefined) return `part of incident ${shortId(replacedBy)}`;
  const entry = history.findLast(({ action }) => action !== "note");
  const by = entry === undefined || status === "open" ? "" : ` by ${escapeText(entry.author)}`;
  const growing = isOver ? "over: nothing more joins it" : "going on";
  return `${statusText(shown)}${by}, ${growing}`;
}

function roleText({ role }: Incident): string {
  return role === "originator" ? "which began the connections" : "to which the connections went";
}

function alertsText({ incident, suppressedAlerts }: ShownIncident): string {
  const counted = countOf(incident.alerts, "flagged connection");
  return suppressedAlerts === 0 ? counted : `${counted}, ${formatCount(suppressedAlerts)} of them suppressed`;
}

/** "10.0.0.5, 10.0.0.6 and 1,022 more" */
function listText(list: DistinctList): string {
  const more = list.count - list.some.length;
  const named = list.some.map(escapeText).join(", ");
  if (more <= 0) return named;
  return named === "" ? countText(list) : `${named} and ${countText({ ...list, count: more })} more`;
}

function payloadText({ sentBytes, receivedBytes }: Incident): string {
  const parts = [];
  if (sentBytes > 0) parts.push(`sent ${formatBytes(sentBytes)}`);
  if (receivedBytes > 0) parts.push(`received ${formatBytes(receivedBytes)}`);
  return parts.join(", ");
}

function historyText({ time, action, author, note }: HistoryLine, times: ListStyle["times"]): string {
  const said = note === "" ? "" : `: ${escapeText(note)}`;
  return `${times.time(time)}  ${times.age(time)}  ${escapeText(author)} ${deeds[action]}${said}`;
}

const deeds: Readonly<Record<HistoryLine["action"], string>> = {
  close: "closed it",
  reopen: "reopened it",
  confirm: "confirmed it",
  note: "noted",
  suppress: "suppressed it",
  unsuppress: "took a suppression back",
};
