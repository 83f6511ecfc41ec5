import { formatCount, formatShare } from "../base/units.ts";
import type { Manifest } from "../model/manifest.ts";
import { escapeText } from "../output/escape.ts";
import { countOf } from "../output/figures.ts";

const mostFindings = 5;

/** What was found in the logs before they were learned from, worst first, and what was or can be done about it; none where all is well. */
export function auditLines({ findings, rows, excluded, warnings }: Manifest["audit"]): string[] {
  if (findings.length === 0) return [];
  const lines = [
    "In the logs to learn from:",
    ...findings.slice(0, mostFindings).map(({ sentence }) => `  ${escapeText(sentence)}.`),
  ];
  const more = findings.length - mostFindings;
  if (more > 0) lines.push(`  ${countOf(more, "more finding")}; all are in the manifest under "audit".`);
  if (excluded > 0) {
    lines.push(
      `${formatCount(excluded)} of ${countOf(rows, "connection")} (${formatShare(excluded / rows)}) were left out.`,
    );
  }
  const suspicious = findings.filter(({ evidence }) => evidence !== "remark");
  const left = suspicious.reduce((sum, finding) => sum + finding.rows, 0) - excluded;
  // Rows of two findings count for the first alone, so that this is exact but for rounding.
  if (suspicious.length > 0 && left > 0) {
    lines.push(
      `What a model learns from, it calls normal: ${excluded > 0 ? `${formatCount(left)} more suspicious ones are` : `these ${formatCount(left)} suspicious connections are`} left out with --exclude-suspicious.`,
    );
  }
  return [...lines, ...warnings.map(escapeText)];
}
