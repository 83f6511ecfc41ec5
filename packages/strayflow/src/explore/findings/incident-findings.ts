import { formatCount, formatOneIn } from "../../base/units.ts";
import { severities, type Incident } from "../../detect/incidents/index.ts";
import type { ExploreFinding, ExploreResult } from "../result.ts";
import type { Found } from "./findings.ts";

/** What a model flags, by incident. */
export function incidentFindings(
  incidents: readonly Incident[],
  { shape }: Pick<ExploreResult, "shape">,
): Found[] {
  return incidents.map((incident) => ({
    kind: `incident-${incident.kind}`,
    label: incident.kind,
    // 0 is a note.
    severity: (1 + severities.indexOf(incident.severity)) as ExploreFinding["severity"],
    sentence: incident.headline,
    details: [
      `By the model: ${incident.severity}, ${formatOneIn(incident.pValue)} in normal traffic, ${formatCount(incident.alerts)} flagged.`,
      ...(incident.evidence[0]?.reasons.slice(0, 3).map(({ text }) => `${text}.`) ?? []),
      ...incident.caveats,
    ],
    connections: incident.alerts,
    share: incident.alerts / shape.connections,
    from: incident.firstSeen,
    to: incident.lastSeen,
    host: incident.host,
    evidence: {
      title: `Strongest flagged connections of ${incident.host}`,
      columns: [
        { name: "ts", quantity: "time" },
        { name: "id.orig_h", quantity: "code" },
        { name: "id.resp_h", quantity: "code" },
        { name: "id.resp_p", quantity: "port" },
        { name: "proto", quantity: "code" },
        { name: "service", quantity: "code" },
        { name: "conn_state", quantity: "code" },
        { name: "orig_bytes", quantity: "bytes" },
        { name: "resp_bytes", quantity: "bytes" },
        { name: "p-value", quantity: "text" },
        { name: "uid", quantity: "code" },
      ],
      of: incident.alerts,
      rows: incident.evidence
        .slice(0, 10)
        .map((alert) => [
          alert.ts,
          alert.originator,
          alert.responder,
          alert.responderPort,
          alert.proto,
          alert.service || null,
          alert.state || null,
          Number.isNaN(alert.sentBytes) ? null : alert.sentBytes,
          Number.isNaN(alert.receivedBytes) ? null : alert.receivedBytes,
          formatOneIn(alert.pValue),
          alert.uid || null,
        ]),
    },
  }));
}
