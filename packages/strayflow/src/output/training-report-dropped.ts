import { formatCount } from "../base/units.ts";
import type { TrainingFacts } from "../pipeline/train.ts";
import type { Finding, ReportPart, ReportSection } from "../report/document.ts";
import { rejectReasonList, rejectReasons } from "../zeek/rejects.ts";
import { numberCell } from "./connection-facts.ts";
import { escapeText } from "./escape.ts";
import { countOf } from "./figures.ts";

const MOST_WARNINGS = 100;

/** What was not learned from, and why: suspicious traffic, lines that could not be read, columns that never vary. */
export function droppedSection({ manifest, tally }: TrainingFacts): ReportSection {
  const { audit, features, traffic, without } = manifest;
  const constant = features.filter((feature) => feature.constant);
  const severity = { overwhelming: 3, suspicious: 2, remark: 0 } as const;
  const findings = audit.findings.slice(0, MOST_WARNINGS).map(({ sentence, rows, evidence }): Finding => ({
    severity: severity[evidence],
    headline: `${escapeText(sentence)}.`,
    details: [[...(rows > 0 ? [countOf(rows, "connection")] : []), evidenceWords[evidence]].join(", ")],
  }));
  const parts: ReportPart[] = [
    {
      kind: "text",
      text:
        audit.excluded > 0
          ? `${countOf(audit.excluded, "connection")} of ${formatCount(traffic.rows.read)} ${audit.excluded === 1 ? "was" : "were"} left out as suspicious: neither learned from nor used to say what is rare.`
          : audit.findings.length > 0
            ? "No connection was left out as suspicious. What is listed here was learned from, so the model calls it normal."
            : "No connection was left out as suspicious.",
    },
    {
      kind: "findings",
      findings,
      none: "The audit found nothing in these logs but ordinary traffic.",
    },
    ...audit.warnings.map((warning) => ({ kind: "text", text: escapeText(warning) }) as const),
    tally.rejected === 0 ? { kind: "text", text: "Every line could be read." } : rejectTable(tally),
    constant.length === 0
      ? { kind: "text", text: "Every feature varies in the rows learned from." }
      : constantTable(constant),
    ...(without.length > 0
      ? [{ kind: "text", text: `Families that were left out as asked: ${without.join(", ")}.` } as const]
      : []),
    ...(tally.skipped > 0
      ? [
          {
            kind: "text",
            text: `${countOf(tally.skipped, "row")} of other logs in the same input were passed over.`,
          } as const,
        ]
      : []),
    ...tally.warnings
      .slice(0, MOST_WARNINGS)
      .map(
        ({ file, message }) =>
          ({ kind: "text", text: `${escapeText(file)}: ${escapeText(message)}` }) as const,
      ),
  ];
  return { id: "left-out", title: "What was left out, and why?", parts };
}

const evidenceWords = {
  overwhelming: "surely no ordinary traffic",
  suspicious: "suspicious",
  remark: "worth knowing, no reason to leave anything out",
} as const;

function rejectTable({ rejected, rejectedByReason }: TrainingFacts["tally"]): ReportPart {
  return {
    kind: "table",
    table: {
      id: "rejects",
      title: `${countOf(rejected, "line")} could not be read`,
      columns: [
        { name: "reason", quantity: "code" },
        { name: "what it means", quantity: "text" },
        { name: "lines", quantity: "count" },
      ],
      rows: rejectReasonList
        .filter((reason) => rejectedByReason[reason] > 0)
        .toSorted((a, b) => rejectedByReason[b] - rejectedByReason[a])
        .map((reason) => [reason, rejectReasons[reason], rejectedByReason[reason]]),
    },
  };
}

function constantTable(constant: TrainingFacts["manifest"]["features"]): ReportPart {
  return {
    kind: "table",
    table: {
      id: "constants",
      title: `${countOf(constant.length, "feature")} had one value in all rows learned from, so the networks do not see ${constant.length === 1 ? "it" : "them"}`,
      columns: [
        { name: "feature", quantity: "code" },
        { name: "always", quantity: "number" },
        { name: "unit", quantity: "text" },
        { name: "what it is", quantity: "text" },
      ],
      rows: constant.map(({ id, center, unit, summary }) => [
        escapeText(id),
        numberCell(center),
        unit,
        escapeText(summary),
      ]),
    },
  };
}
