export { auditRows, type Audit } from "./audit.ts";
export type { AuditFinding } from "./finding.ts";
