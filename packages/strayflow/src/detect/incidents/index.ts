export { cutForBudget, incidentsPerDay, type BudgetCut, type CalibrationRows } from "./budget.ts";
export { compareIncidents, severities } from "./incident.ts";
export type { DistinctList, HostRole, Incident, Severity, StoryEntry } from "./incident.ts";
export { countText, saidOf } from "./headline.ts";
export { IncidentGrouper, type GrouperOptions } from "./incident-grouper.ts";
export { severityPoints } from "./severity.ts";
export { withReasons } from "./with-reasons.ts";
