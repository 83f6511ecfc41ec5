import { formatCount, formatDuration, formatOneIn } from "../base/units.ts";
import { formatTime } from "../charts/zone-time.ts";
import type { Incident } from "../detect/incidents/index.ts";
import type { IncidentContext, IncidentContexts } from "../pipeline/incident-context.ts";
import type { ExplainedIncident, FoundIncidents, ScoreSummary } from "../pipeline/score.ts";
import type { Finding, ReportDocument, ReportPart, ReportSection } from "../report/document.ts";
import type { ReadWarning } from "../zeek/index.ts";
import { escapeText } from "./escape.ts";
import { countOf } from "./figures.ts";
import { endpointsText, incidentFacts, reasonsOf } from "./incident-table.ts";
import { incidentVerdict } from "./incident-verdict.ts";
import { habitsText, nearbyTable } from "./score-report-context.ts";
import { fitSection } from "./score-report-fit.ts";
import { rateSection } from "./score-report-rate.ts";
import type { ScoredTraffic } from "./score-traffic.ts";
import type { ReportTimes } from "./training-report.ts";

/** Everything that a report on a scored log is made from. */
export interface ScoreFacts {
  /** Directory of the model. */
  readonly model: string;
  readonly summary: ScoreSummary;
  /** At most `mostReported` of the worst. */
  readonly incidents: FoundIncidents;
  readonly traffic: ScoredTraffic;
  /** What the logs hold around the incidents; absent where they could not be read again, and then why. */
  readonly contexts: IncidentContexts | { readonly absent: string };
  readonly warnings: readonly ReadWarning[];
}

/** Incidents that a report tells of; the others it counts. */
export const mostReported = 50;

/** What was found in scored logs, worst first, with what surrounds it. */
export function scoreReport(facts: ScoreFacts, times: ReportTimes): ReportDocument {
  const { summary, incidents } = facts;
  const verdict = incidentVerdict(
    incidents.worst.map(({ incident }) => incident),
    { count: incidents.count, flagged: summary.flagged, rows: summary.rows },
  );
  return {
    title: "What stands out",
    summary: `${verdict} Flagged is what only ${formatOneIn(summary.p_value)} ordinary connections equals.`,
    ...times,
    sections: [
      timelineSection(facts, times.zone),
      incidentSection(facts, times.zone),
      rateSection(facts),
      fitSection(facts),
      runSection(facts),
    ],
  };
}

/** More marks than this hide what they mark. */
const MOST_MARKS = 12;

/** Ordinary traffic and the incidents on top; what is flagged has a chart of its own, as one flood would flatten all else. */
function timelineSection({ traffic, incidents }: ScoreFacts, zone: string): ReportSection {
  const timeline = traffic.timeline();
  if (timeline === undefined)
    return { id: "time", title: "When?", parts: [{ kind: "text", text: "There was no connection." }] };
  const marked = incidents.worst.slice(0, MOST_MARKS);
  const bins = `Connections by their start, in bins of ${formatDuration(timeline.bin)}.`;
  const which =
    marked.length < incidents.count
      ? ` The ${formatCount(marked.length)} worst incidents are marked.`
      : marked.length > 0
        ? " The incidents are marked."
        : "";
  const chart = (id: string, title: string, note: string) =>
    ({
      id,
      kind: "timeline",
      title,
      note,
      quantity: "count",
      axis: "connections",
      zone,
      form: "bars",
    }) as const;
  const { start, bin, rows, flagged } = timeline;
  const parts: ReportPart[] = [
    {
      kind: "chart",
      chart: {
        ...chart(
          "timeline",
          marked.length === 0 ? "Ordinary traffic" : "Incidents over the ordinary traffic",
          `${bins}${which}`,
        ),
        start,
        bin,
        series: [{ name: "ordinary", values: rows.map((count, i) => count - flagged[i]!) }],
        marks: marked.map(({ incident }, i) => ({
          from: incident.firstSeen,
          to: incident.lastSeen,
          label: `${i + 1}. ${escapeText(incident.host)}`,
          severity: findingSeverity(incident),
        })),
      },
    },
  ];
  if (incidents.count > 0)
    parts.push({
      kind: "chart",
      chart: {
        ...chart("timeline-flagged", "What was flagged", bins),
        start,
        bin,
        series: [{ name: "flagged", values: flagged }],
      },
    });
  return { id: "time", title: "When?", parts };
}

/** A page's findings have a step below low, for remarks, and none above high. */
function findingSeverity({ severity }: Incident): Finding["severity"] {
  return ({ low: 1, medium: 2, high: 3, critical: 4 } as const)[severity];
}

function incidentSection({ incidents, contexts, summary }: ScoreFacts, zone: string): ReportSection {
  const { worst, count } = incidents;
  const contextOf = ({ id }: Incident) => (isRead(contexts) ? contexts.get(id) : undefined);
  const parts: ReportPart[] = [
    ...(!isRead(contexts) && worst.length > 0 ? [{ kind: "text", text: contexts.absent } as const] : []),
    {
      kind: "findings",
      findings: worst.map((explained, i) => findingOf(explained, i + 1, contextOf(explained.incident), zone)),
      none: `Nothing is flagged at ${formatOneIn(summary.p_value)}. That is a good answer.`,
    },
    ...(count > worst.length
      ? [
          {
            kind: "text",
            text: `${countOf(count - worst.length, "more incident")}, none worse than these, ${count - worst.length === 1 ? "is" : "are"} not shown. Every flagged connection, for other tools: strayflow score LOGS --model DIR --out flagged.ndjson`,
          } as const,
        ]
      : []),
  ];
  return { id: "incidents", title: "What?", parts };
}

function isRead(contexts: ScoreFacts["contexts"]): contexts is IncidentContexts {
  return !("absent" in contexts);
}

function findingOf(
  { incident, ...notes }: ExplainedIncident,
  rank: number,
  context: IncidentContext | undefined,
  zone: string,
): Finding {
  const { firstSeen, lastSeen } = incident;
  const similar = notes.similar ?? [];
  return {
    severity: findingSeverity(incident),
    headline: `${rank}. ${escapeText(incident.headline)}`,
    details: [
      `${spanText(firstSeen, lastSeen, zone)}: ${incidentFacts(incident).map(escapeText).join(", ")}.`,
      ...reasonsOf(incident, notes).map((reason) => `${escapeText(capital(reason))}.`),
      ...(similar.length === 0
        ? []
        : [
            `Normal connections that resemble it most: ${similar.map((one) => `${endpointsText(one).replace(" -> ", "\u00a0→ ")} (${formatTime(one.ts, zone)})`).join("; ")}.`,
          ]),
      ...(context === undefined ? [] : [habitsText(incident.host, context.habits)]),
    ],
    evidence: nearbyTable(incident, rank, context),
  };
}

function spanText(from: number, to: number, zone: string): string {
  const first = formatTime(from, zone);
  const last = formatTime(to, zone);
  if (first === last) return first;
  const end = first.slice(0, 10) === last.slice(0, 10) ? last.slice(11) : last;
  return `${first} to ${end} (${formatDuration(to - from)})`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const MOST_WARNINGS = 100;

function runSection({ model, summary, warnings }: ScoreFacts): ReportSection {
  return {
    id: "run",
    title: "The run",
    parts: [
      {
        kind: "facts",
        facts: [
          { name: "model", value: escapeText(model), quantity: "code" },
          { name: "connections", value: summary.rows, quantity: "count" },
          { name: "flagged", value: summary.flagged, quantity: "count" },
          { name: "flagged at", value: formatOneIn(summary.p_value), quantity: "text" },
          { name: "lines rejected", value: summary.rejected, quantity: "count" },
        ],
      },
      ...warnings.slice(0, MOST_WARNINGS).map(
        ({ file, message }) =>
          ({
            kind: "text",
            text: `${file === "" ? "" : `${escapeText(file)}: `}${escapeText(message)}`,
          }) as const,
      ),
      ...(warnings.length > MOST_WARNINGS
        ? [{ kind: "text", text: `${formatCount(warnings.length - MOST_WARNINGS)} more remarks.` } as const]
        : []),
    ],
  };
}
