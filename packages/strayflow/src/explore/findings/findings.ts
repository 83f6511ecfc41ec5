import type { Audit } from "../../detect/audit/index.ts";
import type { Incident } from "../../detect/incidents/index.ts";
import type { Asking } from "../questions/context.ts";
import type { ExploreFinding, ExploreResult } from "../result.ts";
import { auditFindings } from "./audit-findings.ts";
import { clockFindings } from "./clock-findings.ts";
import { hostFindings } from "./host-findings.ts";
import { incidentFindings } from "./incident-findings.ts";
import { logFindings } from "./log-findings.ts";
import { peakFindings } from "./peak-findings.ts";
import { sensorFindings } from "./sensor-findings.ts";

export interface FindingSources {
  readonly asking: Asking;
  readonly audit: Audit;
  readonly incidents: readonly Incident[];
  readonly now: number;
}

/** What findings are made of: all that is known but for what follows from them, and what none looks at. */
export type FindingGround = Omit<ExploreResult, "findings" | "profiles" | "correlations">;

/** A finding before it has its number. */
export type Found = Omit<ExploreFinding, "id" | "label"> & { readonly label?: string };

/** Everything that is worth a sentence, worst first; what is not so is not said. */
export async function findingsOf(
  result: FindingGround,
  { asking, audit, incidents, now }: FindingSources,
): Promise<ExploreFinding[]> {
  const found: Found[] = [
    ...incidentFindings(incidents, result),
    ...(await auditFindings(audit, asking)),
    ...(await peakFindings(result, asking)),
    ...sensorFindings(result, asking.zone),
    ...clockFindings(result, asking.zone, now),
    ...hostFindings(result, asking.zone),
    ...logFindings(result),
  ];
  // Sorting is stable: within a severity, the order above holds.
  return found
    .toSorted((a, b) => b.severity - a.severity)
    .map((finding, index) => ({ id: `finding-${index + 1}`, label: finding.kind, ...finding }));
}
