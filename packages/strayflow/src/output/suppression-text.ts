import { isActive, type Suppression, type SuppressionConditions } from "../detect/suppress/index.ts";
import type { JsonValue } from "../zeek/record.ts";
import { truncateText } from "./display-width.ts";
import { escapeText } from "./escape.ts";
import { countOf } from "./figures.ts";
import type { ListStyle } from "./incident-list.ts";
import { shortId, type ShownIncident } from "./stored.ts";
import { Page } from "./page.ts";
import { textTable } from "./text-table.ts";

export type ShownSuppression = Suppression;

/** What a suppression covers of what is stored. */
export interface ShownEffect {
  readonly incidents: readonly {
    readonly incident: ShownIncident;
    readonly alerts: number;
    readonly isCovered: boolean;
  }[];
  readonly alerts: number;
  /** Incidents wholly covered: not over yet, and over. */
  readonly open: number;
  readonly past: number;
}

/** "src 10.0.0.5, port 445 or 139, kind beacon": every part must hold. Escaped. */
export function conditionsText(conditions: SuppressionConditions): string {
  const { incident, host, orig, resp, pair, port, proto, service, kind, reason, sensor } = conditions;
  const parts = [
    listPart("incident", incident),
    listPart("host", host),
    listPart("src", orig),
    listPart("dst", resp),
    listPart(
      "between",
      pair?.map(([one, other]) => `${one} and ${other}`),
    ),
    listPart("port", port?.map(portText)),
    listPart("proto", proto),
    listPart(
      "service",
      service?.map((text) => (text === "" ? "unset" : text)),
    ),
    listPart("kind", kind),
    listPart("reason", reason),
    listPart("sensor", sensor),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function listPart(name: string, values: readonly string[] | undefined): string {
  return values === undefined ? "" : `${name} ${values.map(escapeText).join(" or ")}`;
}

function portText(port: NonNullable<SuppressionConditions["port"]>[number]): string {
  return typeof port === "number" ? String(port) : `${port.from ?? 0}..${port.to ?? 65_535}`;
}

/** Suppressions for reading. @param now seconds since 1970 */
export function suppressionLines(
  suppressions: readonly ShownSuppression[],
  now: number,
  { columns, style, times }: ListStyle,
): string[] {
  const page = new Page(columns, style);
  page.lines.push(style.dim(` id  what is fine (times are ${escapeText(times.zone)})`));
  for (const suppression of suppressions) {
    const { id, author, note, created } = suppression;
    page.lines.push(`${String(id).padStart(3)}  ${conditionsText(suppression)}`);
    page.text(`${escapeText(author)}: ${escapeText(note)}`, 5);
    page.text(`since ${times.time(created)}, ${times.age(created)}; ${endText(suppression, now, times)}`, 5);
  }
  return page.lines;
}

function endText(suppression: ShownSuppression, now: number, times: ListStyle["times"]): string {
  const { removed, expires } = suppression;
  if (removed !== undefined) return `taken back ${times.time(removed)}, ${times.age(removed)}`;
  if (expires === undefined) return "for good";
  const verb = isActive(suppression, now) ? "ends" : "ended";
  return `${verb} ${times.time(expires)}, ${times.age(expires)}`;
}

const mostShown = 10;

/** What a suppression covers, or would cover. */
export function effectLines(effect: ShownEffect, { columns }: ListStyle, isPreview: boolean): string[] {
  const { incidents, alerts, open, past } = effect;
  const verb = isPreview ? "Would cover" : "Covers";
  if (incidents.length === 0) return [`${verb} nothing of what is stored so far.`];
  const partly = incidents.filter(({ isCovered }) => !isCovered).length;
  const parts = [
    ...(open === 0 ? [] : [countOf(open, "incident that is going on", "incidents that are going on")]),
    ...(past === 0 ? [] : [countOf(past, "past incident")]),
    ...(partly === 0
      ? []
      : [`some alerts of ${countOf(partly, open + past === 0 ? "incident" : "other incident")}`]),
  ];
  const lines = [`${verb} ${parts.join(" and ")}: ${countOf(alerts, "alert")}.`];
  const rows = incidents
    .slice(0, mostShown)
    .map(({ incident: shown, alerts: covered, isCovered }) => [
      shortId(shown.incident.id),
      isCovered ? "all" : `${covered} of ${shown.incident.alerts}`,
      shown.isOver ? "over" : "going on",
      shown.incident.severity,
      escapeText(shown.incident.headline),
    ]);
  const table = textTable(
    [
      { head: "id" },
      { head: "alerts", align: "right" },
      { head: "" },
      { head: "severity" },
      { head: "incident" },
    ],
    rows,
  );
  lines.push(...table.map((line) => truncateText(`  ${line}`, columns)));
  if (incidents.length > mostShown)
    lines.push(`  and ${countOf(incidents.length - mostShown, "more", "more")}`);
  return lines;
}

/** As other programs get it: the conditions as they may be given to `what-if --suppressions`. Text is not escaped. */
export function suppressionJson(
  suppression: ShownSuppression,
  now: number,
): { readonly [name: string]: JsonValue } {
  return {
    ...(JSON.parse(JSON.stringify(suppression)) as Record<string, JsonValue>),
    active: isActive(suppression, now),
  };
}
