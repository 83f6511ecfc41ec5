import type { Alert } from "../alert.ts";
import type { Reason } from "../reason.ts";
import { countedHeadline, saidOf } from "./headline.ts";
import type { Incident } from "./incident.ts";

/**
 * The incident with better reasons for its strongest alert, found when it was clear that somebody will read them. The
 * headline quotes them where it quoted the old ones; all else stays, the id as well.
 */
export function withReasons(incident: Incident, reasons: readonly Reason[]): Incident {
  const [strongest, ...others] = incident.evidence;
  if (strongest === undefined || reasons.length === 0) return incident;
  const better: Alert = { ...strongest, reasons };
  const headline = incident.isNamed ? incident.headline : countedHeadline(incident, saidOf(better));
  const story = incident.story.map((entry) =>
    entry.alert === strongest ? { ...entry, alert: better } : entry,
  );
  return { ...incident, headline, evidence: [better, ...others], story };
}
