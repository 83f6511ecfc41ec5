import type { Alert } from "../detect/alert.ts";
import { saidOf, type DistinctList, type Incident } from "../detect/incidents/index.ts";
import type { JsonValue } from "../zeek/record.ts";

/** An incident as other programs get it: times in seconds since 1970, what is not known absent. Text is not escaped. */
export function incidentJson(incident: Incident): { readonly [name: string]: JsonValue } {
  const { id, severity, headline, kind, host, role, story, caveats, replaces } = incident;
  return {
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
    ...known("sent_bytes", incident.sentBytes),
    ...known("received_bytes", incident.receivedBytes),
    evidence: incident.evidence.map(alertJson),
    story: story.map(({ moment, alert }) => ({ moment, ts: alert.ts, uid: alert.uid, text: saidOf(alert) })),
    caveats,
    replaces,
  };
}

function listJson({ count, isExact, some }: DistinctList): JsonValue {
  return { count, exact: isExact, some };
}

/** An alert as other programs get it: Zeek's own names for what Zeek logged, as in the score formats. Text is not escaped. */
export function alertJson(alert: Alert): { readonly [name: string]: JsonValue } {
  return {
    ts: alert.ts,
    uid: alert.uid,
    "id.orig_h": alert.originator,
    "id.resp_h": alert.responder,
    "id.resp_p": alert.responderPort,
    proto: alert.proto,
    ...(alert.service === "" ? {} : { service: alert.service }),
    ...(alert.state === "" ? {} : { conn_state: alert.state }),
    ...known("orig_bytes", alert.sentBytes),
    ...known("resp_bytes", alert.receivedBytes),
    score: alert.score,
    p_value: alert.pValue,
    reasons: alert.reasons.map((reason) => ({ ...reason })),
    detections: alert.detections.map(({ detector, pValue, sentence }) => ({
      detector,
      p_value: pValue,
      sentence,
    })),
    caveats: alert.caveats,
  };
}

function known(name: string, value: number): Record<string, number> {
  return Number.isFinite(value) ? { [name]: value } : {};
}
