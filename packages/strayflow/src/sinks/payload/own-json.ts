import type { Alert } from "../../detect/alert.ts";
import type { DistinctList, Incident } from "../../detect/incidents/incident.ts";
import { saidOf } from "../../detect/incidents/headline.ts";
import type { JsonValue } from "../../zeek/record.ts";
import type { Message } from "../message.ts";

export type JsonObject = { readonly [name: string]: JsonValue };

/**
 * A message in our own form: times in seconds since 1970, what is not known absent, Zeek's names for what Zeek logged.
 * Text is as the log had it; JSON keeps it apart from structure, and whoever shows it must escape it.
 */
export function ownJson(message: Message): JsonObject {
  const { id, kind, time, sensor, severity } = message;
  const about = { id, kind, time, sensor, severity };
  switch (message.kind) {
    case "incident-opened":
    case "incident-grew":
    case "incident-closed":
      return {
        ...about,
        revision: message.revision,
        ...(message.severityBefore === undefined ? {} : { severity_before: message.severityBefore }),
        incident: incidentJson(message.incident),
      };
    case "alert":
      return {
        ...about,
        ...(message.incidentId === undefined ? {} : { incident_id: message.incidentId }),
        alert: alertJson(message.alert),
      };
    case "status":
      return { ...about, status: finite({ ...message.status }) };
    case "drift":
      return { ...about, drift: finite({ ...message.drift }) };
  }
}

function incidentJson(incident: Incident): JsonObject {
  const { id, severity, headline, kind, host, role, story, caveats, replaces } = incident;
  return finite({
    id,
    severity,
    headline,
    kind,
    host,
    role,
    p_value: incident.pValue,
    first_seen: incident.firstSeen,
    last_seen: incident.lastSeen,
    alerts: incident.alerts,
    sources: listJson(incident.sources),
    targets: listJson(incident.targets),
    ports: listJson(incident.ports),
    sent_bytes: incident.sentBytes,
    received_bytes: incident.receivedBytes,
    evidence: incident.evidence.map(alertJson),
    story: story.map(({ moment, alert }) => ({ moment, ts: alert.ts, uid: alert.uid, text: saidOf(alert) })),
    caveats,
    replaces,
  });
}

function listJson({ count, isExact, some }: DistinctList): JsonObject {
  return { count, exact: isExact, some };
}

function alertJson(alert: Alert): JsonObject {
  return finite({
    ts: alert.ts,
    uid: alert.uid,
    "id.orig_h": alert.originator,
    "id.resp_h": alert.responder,
    "id.resp_p": alert.responderPort,
    proto: alert.proto,
    ...(alert.service === "" ? {} : { service: alert.service }),
    ...(alert.state === "" ? {} : { conn_state: alert.state }),
    orig_bytes: alert.sentBytes,
    resp_bytes: alert.receivedBytes,
    score: alert.score,
    p_value: alert.pValue,
    reasons: alert.reasons.map((reason) => finite({ ...reason })),
    detections: alert.detections.map(({ detector, pValue, sentence }) => ({
      detector,
      p_value: pValue,
      sentence,
    })),
    caveats: alert.caveats,
  });
}

/** Without the numbers that are not known: JSON would make null of them. */
function finite(fields: { readonly [name: string]: JsonValue | undefined }): JsonObject {
  const known = Object.entries(fields).filter(
    ([, value]) => value !== undefined && (typeof value !== "number" || Number.isFinite(value)),
  );
  return Object.fromEntries(known) as JsonObject;
}
