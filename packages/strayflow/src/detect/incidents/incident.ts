import type { Alert } from "../alert.ts";

export const severities = ["low", "medium", "high", "critical"] as const;

export type Severity = (typeof severities)[number];

/** Whether the incident is about what a host did, or about what was done to it by many. */
export type HostRole = "originator" | "responder";

/** Different things that were counted; a few of them by name. */
export interface DistinctList {
  readonly count: number;
  /** False where the count is an estimate, within some 5 %. */
  readonly isExact: boolean;
  /** Those with most alerts, of the first that came. */
  readonly some: readonly string[];
}

/** One moment of an incident. */
export interface StoryEntry {
  readonly moment: "first" | "peak" | "last";
  readonly alert: Alert;
}

/** Alerts that belong together: one scan is one incident, not ten thousand alerts. All text in it may be hostile. */
export interface Incident {
  /** Stays while the incident grows: a hash of host, kind, time and target of the alert that opened it. */
  readonly id: string;
  /** Who did what to whom, how much, and what is usual; without a full stop. */
  readonly headline: string;
  readonly severity: Severity;
  /** How often normal traffic gives alerts like these; see `simesPValue`. */
  readonly pValue: number;
  /** The host that acts; where many act on one, the host that they act on. */
  readonly host: string;
  readonly role: HostRole;
  /** Id of the detector that speaks loudest, else what the reasons are about. */
  readonly kind: string;
  /** A named detector speaks of it. */
  readonly isNamed: boolean;
  /** Seconds since 1970: start of the earliest connection, end of the latest. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Flagged connections. */
  readonly alerts: number;
  readonly sources: DistinctList;
  readonly targets: DistinctList;
  /** "445" for TCP, "53/udp" for others; none for ICMP. */
  readonly ports: DistinctList;
  /** Payload of the flagged connections that state it; NaN where none does. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** The strongest alerts, strongest first. */
  readonly evidence: readonly Alert[];
  /** In order of time. */
  readonly story: readonly StoryEntry[];
  readonly caveats: readonly string[];
  /** Ids of incidents that were taken for separate ones until this one was recognised. */
  readonly replaces: readonly string[];
}

/** Worst first: by severity, then by rarity, then by size; the order is total. */
export function compareIncidents(a: Incident, b: Incident): number {
  return (
    severities.indexOf(b.severity) - severities.indexOf(a.severity) ||
    a.pValue - b.pValue ||
    b.alerts - a.alerts ||
    a.firstSeen - b.firstSeen ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}
