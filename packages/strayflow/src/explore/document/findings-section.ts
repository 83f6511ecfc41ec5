import { formatCount } from "../../base/units.ts";
import type { ReportPart, ReportSection } from "../../report/document.ts";
import type { ExploreResult } from "../result.ts";

const MOST = 60;

/** What to read before training. */
export function findingsSection({ findings, scored, shape }: ExploreResult): ReportSection {
  const parts: ReportPart[] = [
    {
      kind: "findings",
      findings: findings.slice(0, MOST).map(({ id, severity, sentence, details, evidence }) => ({
        severity,
        headline: sentence,
        details,
        evidence: { id, ...evidence },
      })),
      none: "Nothing stands out: no scan, flood or guessing of passwords, no host far from the others, no gap in the log, no trouble with the sensor.",
    },
  ];
  if (findings.length > MOST) {
    parts.push({
      kind: "text",
      text: `${formatCount(findings.length - MOST)} more findings are in the result that --json prints.`,
    });
  }
  if (scored !== undefined) {
    parts.unshift({
      kind: "text",
      text: `By the model in ${scored.model}: ${formatCount(scored.flagged)} of ${formatCount(shape.connections)} connections are flagged, in ${formatCount(scored.incidents)} ${scored.incidents === 1 ? "incident" : "incidents"}.${scored.fit === null ? "" : ` ${scored.fit}.`}`,
    });
  }
  parts.unshift({
    kind: "text",
    text: "Read this before training on the log: what is in it, a model learns as normal.",
  });
  return { id: "findings", title: "What stands out", parts };
}
