export { auditRows, type Audit, type AuditSubject } from "./audit.ts";
export type { AuditFinding } from "./finding.ts";
