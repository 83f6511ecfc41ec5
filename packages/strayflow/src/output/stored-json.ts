import type { JsonValue } from "../zeek/record.ts";
import { alertJson, incidentJson } from "./incident-json.ts";
import { statusText, type ShownAlert, type ShownIncident } from "./stored.ts";

/** An incident of a store as other programs get it. Text is not escaped. */
export function storedIncidentJson(shown: ShownIncident): { readonly [name: string]: JsonValue } {
  const { incident, sensor, revision, isOver, suppressedAlerts, replacedBy } = shown;
  return {
    ...incidentJson(incident),
    sensor,
    status: statusText(shown),
    over: isOver,
    revision,
    suppressed_alerts: suppressedAlerts,
    ...(replacedBy === undefined ? {} : { replaced_by: replacedBy }),
  };
}

/** An alert of a store as other programs get it. Text is not escaped. */
export function storedAlertJson({ id, incident, sensor, alert, suppressions }: ShownAlert): {
  readonly [name: string]: JsonValue;
} {
  return { id, incident, sensor, ...alertJson(alert), suppressions };
}
