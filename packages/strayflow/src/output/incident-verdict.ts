import { formatCount } from "../base/units.ts";
import { severities, type Incident } from "../detect/incidents/index.ts";
import { countOf } from "./figures.ts";

/** "3 incidents, 1 high and 2 low, from 1,312 flagged ones of 105,918 connections." No incident is a good answer. */
export function incidentVerdict(
  incidents: readonly Incident[],
  { count, flagged, rows }: { readonly count: number; readonly flagged: number; readonly rows: number },
): string {
  const of = countOf(rows, "connection");
  if (count === 0) return `No incidents: none of ${of} is flagged.`;
  const steps = severities
    .toReversed()
    .map((step) => ({ step, number: incidents.filter(({ severity }) => severity === step).length }))
    .filter(({ number }) => number > 0)
    .map(({ step, number }) => `${formatCount(number)} ${step}`);
  const kept = incidents.length < count ? ` (the ${formatCount(incidents.length)} worst were kept)` : "";
  return `${countOf(count, "incident")}${kept}: ${steps.join(", ")}; from ${formatCount(flagged)} flagged of ${of}.`;
}
