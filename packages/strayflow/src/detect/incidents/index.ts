export { incidentLadder, incidentsPerDay, type CalibrationRows, type Rung } from "./budget.ts";
export { severities } from "./incident.ts";
export type { DistinctList, Incident, Severity } from "./incident.ts";
export { countText, saidOf } from "./headline.ts";
export { IncidentGrouper, type GrouperState, type JoinedIncident } from "./incident-grouper.ts";
export { withReasons } from "./with-reasons.ts";
