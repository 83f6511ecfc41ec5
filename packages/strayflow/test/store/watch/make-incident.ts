import { IncidentGrouper, severities, type Incident } from "../../../src/detect/incidents/index.ts";
import type { Alert } from "../../../src/detect/alert.ts";
import { makeAlert } from "../../detect/make-alert.ts";

export { makeAlert };

/** The incident that these alerts of one host make. */
export function incidentOf(alerts: readonly Alert[]): Incident {
  const grouper = new IncidentGrouper();
  for (const alert of alerts) grouper.add(alert);
  const [first, ...others] = grouper.finish();
  if (first === undefined || others.length > 0) throw new Error("expected alerts of one incident");
  return first;
}

export function worse({ severity }: Incident): (typeof severities)[number] {
  return severities[Math.min(severities.length - 1, severities.indexOf(severity) + 1)]!;
}
