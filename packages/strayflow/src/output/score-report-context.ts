import { formatBytes, formatCount, formatDuration, formatShare } from "../base/units.ts";
import type { Alert } from "../detect/alert.ts";
import type { Incident } from "../detect/incidents/index.ts";
import type { Habits } from "../pipeline/host-habits.ts";
import type { IncidentContext } from "../pipeline/incident-context.ts";
import type { ShownConnection } from "../pipeline/shown-connection.ts";
import type { ReportTable } from "../report/document.ts";
import { connectionColumns } from "./connection-facts.ts";
import { escapeText } from "./escape.ts";
import { countOf } from "./figures.ts";

/** What the host of an incident does otherwise, in one or two sentences. */
export function habitsText(host: string, habits: Habits): string {
  const { asOriginator, asResponder, from, to, peers, sentBytes, receivedBytes, services } = habits;
  const all = asOriginator + asResponder;
  const name = escapeText(host);
  if (all === 0) return `In these logs ${name} has no connection that is not flagged.`;
  const often = services
    .map((service) => `${escapeText(service.name)} (${formatShare(service.connections / asOriginator)})`)
    .join(", ");
  return [
    `Apart from what is flagged, ${name} has ${countOf(all, "connection")}${to > from ? ` in ${formatDuration(to - from)}` : ""} here: ${formatCount(asOriginator)} opened, ${formatCount(asResponder)} answered, with ${countOf(peers, "other host")}; ${formatBytes(sentBytes)} sent, ${formatBytes(receivedBytes)} received.`,
    ...(often === "" ? [] : [`It opens mostly ${often}.`]),
  ].join(" ");
}

interface Row {
  readonly connection: ShownConnection;
  readonly place: string;
  readonly flagged: boolean;
}

const moments = { first: "first", peak: "strongest", last: "last" } as const;

/** An incident's first, strongest and last connection among what its host did before, meanwhile and after. */
export function nearbyTable(
  incident: Incident,
  rank: number,
  context: IncidentContext | undefined,
): ReportTable {
  const story = incident.story.map(({ moment, alert }): Row => ({
    connection: connectionOf(alert),
    place: incident.alerts === 1 ? "this one" : moments[moment],
    flagged: true,
  }));
  const isStory = ({ uid, ts }: ShownConnection) =>
    story.some(({ connection }) => connection.uid === uid && connection.ts === ts);
  const nearby = (context?.nearby ?? [])
    .filter((connection) => !isStory(connection))
    .map((connection): Row => ({ connection, place: connection.place, flagged: connection.flagged }));
  const rows = [...nearby, ...story].toSorted((a, b) => a.connection.ts - b.connection.ts);
  const shownDuring = rows.filter(({ place }) => place !== "before" && place !== "after").length;
  const hidden = context === undefined ? 0 : context.during - shownDuring;
  return {
    id: `incident-${rank}`,
    title:
      context === undefined
        ? "Its first, strongest and last connection"
        : `Connections of ${escapeText(incident.host)} before, meanwhile and after${hidden > 0 ? `; ${formatCount(hidden)} more within the time` : ""}`,
    columns: [
      { name: "when", quantity: "text" },
      { name: "flagged", quantity: "text" },
      ...connectionColumns.map(({ name, quantity }) => ({ name, quantity })),
    ],
    rows: rows.map(({ connection, place, flagged }) => [
      place,
      flagged ? "flagged" : null,
      ...connectionColumns.map(({ cell }) => cell(connection)),
    ]),
    ...(hidden > 0 ? { of: rows.length + hidden } : {}),
  };
}

function connectionOf(alert: Alert): ShownConnection {
  const { ts, end, uid, originator, responder, responderPort, proto, service, state } = alert;
  const { sentBytes, receivedBytes } = alert;
  return {
    ts,
    uid,
    originator,
    originatorPort: NaN,
    responder,
    responderPort,
    proto,
    service,
    state,
    // An alert knows when it ended, to the microsecond; one of which the log does not say has taken no time.
    duration: end > ts ? Math.round((end - ts) * 1e6) / 1e6 : NaN,
    sentBytes,
    receivedBytes,
  };
}
