export { auditRows, type Audit, type AuditedRows } from "./audit.ts";
export type { AuditFinding, Evidence, FindingKind } from "./finding.ts";
export { auditLimits } from "./limits.ts";
