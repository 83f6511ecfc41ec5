export { cutForBudget, incidentsPerDay, type CalibrationRows } from "./budget.ts";
export { severities } from "./incident.ts";
export type { DistinctList, Incident } from "./incident.ts";
export { countText, saidOf } from "./headline.ts";
export { IncidentGrouper } from "./incident-grouper.ts";
export { withReasons } from "./with-reasons.ts";
