import type { CaptureRates } from "../model/capture-faults.ts";
import type { ReadWarning } from "../zeek/index.ts";
import type { Day, Span } from "./day-bins.ts";

/**
 * What is in some traffic: every number that the report shows, and what `explore --json` prints. Times are seconds since
 * 1970, shares 0 to 1, `null` is unset or not to be had. Text from logs is as it was logged.
 */
export interface ExploreResult {
  /** IANA name of the zone that days and hours are those of. */
  readonly zone: string;
  readonly shape: Shape;
  readonly sensor: SensorHealth;
  readonly findings: readonly ExploreFinding[];
  readonly columns: readonly ColumnProfile[];
  readonly histograms: readonly ColumnHistogram[];
  readonly correlations: Correlations;
  readonly time: TimeUse;
  readonly tops: readonly Top[];
  readonly hosts: Hosts;
  /** One host each: the one that was asked for first, then the busiest. */
  readonly profiles: readonly HostProfile[];
  readonly unusual: Unusual;
  /** Where a model was given. */
  readonly scored?: Scored | undefined;
}

export interface Shape {
  readonly inputs: readonly string[];
  readonly files: number;
  readonly connections: number;
  readonly rejected: number;
  readonly rejectedByReason: Readonly<Record<string, number>>;
  /** Rows of other logs in the same files. */
  readonly skipped: number;
  /** Columns that the logs have, as Zeek spells them. */
  readonly columns: readonly string[];
  /** Start of the first connection and of the last; end of the one that ended last. */
  readonly from: number;
  readonly to: number;
  readonly lastEnd: number;
  readonly originators: number;
  readonly responders: number;
  readonly hosts: number;
  readonly pairs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Mean over the span, `null` where it is 0 s; and of the busiest bin of the time line. */
  readonly perSecond: number | null;
  readonly bytesPerSecond: number | null;
  /** Rows whose uid another row has too; `null` where the log is too large to count. */
  readonly repeatedUids: number | null;
  /** Longest silences first. */
  readonly gaps: readonly LogGap[];
  /** Remarks on the files. */
  readonly fileWarnings: readonly ReadWarning[];
}

export interface LogGap extends Span {
  /** Connections that are usual in that time: the median of that time of day, or by the rate around it. */
  readonly expected: number;
}

export interface SensorHealth {
  /** Of TCP connections with data. */
  readonly capture: CaptureRates;
  readonly flipped: number;
  readonly midstream: number;
  readonly withMissedBytes: number;
  readonly missedBytes: number;
  readonly late: number;
  readonly latestBy: number;
  readonly isWholeSeconds: boolean;
  readonly withLocality: number;
  /** Times in which one of the faults was far above its share in the whole log. */
  readonly troubles: readonly SensorTrouble[];
}

export interface SensorTrouble extends Span {
  readonly fault: string;
  readonly connections: number;
  readonly share: number;
  readonly usual: number;
}

/** A sentence with its evidence. `severity` is 0 for a note, then low, medium, high and critical. */
export interface ExploreFinding {
  readonly id: string;
  readonly kind: string;
  readonly severity: 0 | 1 | 2 | 3 | 4;
  /** A word or two for the mark on a time line. */
  readonly label: string;
  /** Who, what, how much, when; without a full stop. */
  readonly sentence: string;
  /** What it is called, what it may mean, what to do. Sentences. */
  readonly details: readonly string[];
  readonly connections: number;
  readonly share: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly host: string | null;
  readonly evidence: Evidence;
}

/** Rows of a table that bear a finding out. */
export interface Evidence {
  readonly title: string;
  readonly columns: readonly {
    readonly name: string;
    readonly quantity: "count" | "bytes" | "seconds" | "share" | "number" | "port" | "time" | "text" | "code";
  }[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** How many there are where not all are here. */
  readonly of?: number;
}

export interface ColumnProfile {
  readonly column: string;
  /** As Zeek names types. */
  readonly type: string;
  readonly set: number;
  readonly unset: number;
  readonly distinct: number;
  /** False where `distinct` is an estimate, within some percent. */
  readonly isDistinctExact: boolean;
  readonly top: readonly { readonly value: string; readonly connections: number }[];
  /** Of numbers and times. */
  readonly numbers: NumberProfile | null;
}

export interface NumberProfile {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly zeros: number;
  /** By share, linear between neighbours. */
  readonly quantiles: readonly { readonly share: number; readonly value: number }[];
}

export interface ColumnHistogram {
  readonly column: string;
  readonly scale: "linear" | "log";
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** Apart only on a logarithmic scale. */
  readonly zeros: number;
  readonly unset: number;
}

export interface Correlations {
  readonly columns: readonly string[];
  /** Over the connections in which both are set; `null` where one does not vary. */
  readonly pearson: readonly (readonly (number | null)[])[];
  readonly spearman: readonly (readonly (number | null)[])[];
  /** Connections that Spearman's was computed from; fewer than all are an even sample. */
  readonly spearmanConnections: number;
  /** Columns that are left out because they are never set. */
  readonly left: readonly string[];
}

export interface TimeUse {
  /** Of `line`, seconds. */
  readonly bin: number;
  readonly start: number;
  /** `null` in gaps of the log. */
  readonly connections: readonly (number | null)[];
  readonly sentBytes: readonly (number | null)[];
  readonly receivedBytes: readonly (number | null)[];
  readonly days: readonly Day[];
  readonly usual: readonly (number | null)[] | null;
  /** Mean connections an hour; Monday first. */
  readonly week: readonly (readonly (number | null)[])[];
  readonly dates: readonly {
    readonly date: string;
    readonly connections: number;
    readonly bytes: number;
    /** Not seen before in this log; `null` where there are too many to count by day. */
    readonly newPairs: number | null;
    readonly newHosts: number | null;
  }[];
  /** Local days on which the clock changes. */
  readonly clockChanges: readonly string[];
}

export interface Top {
  readonly dimension: string;
  readonly by: "connections" | "bytes";
  /** Different values in all. */
  readonly distinct: number;
  readonly rows: readonly TopRow[];
  /** What all that are not in `rows` come to, and how many they are. */
  readonly others: { readonly count: number; readonly connections: number; readonly bytes: number };
}

export interface TopRow {
  readonly name: string;
  readonly connections: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export type Role = "scanner" | "server" | "client" | "client and server" | "unanswered";

export interface HostRow {
  readonly host: string;
  readonly role: Role;
  readonly opened: number;
  readonly failed: number;
  readonly peers: number;
  /** Different combinations of host, port and protocol that it tried. */
  readonly targets: number;
  readonly ports: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly got: number;
  readonly answered: number;
  readonly callers: number;
  readonly answeredPorts: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** As the log says; `null` where it does not. */
  readonly isLocal: boolean | null;
}

export interface Hosts {
  readonly rule: string;
  readonly count: number;
  readonly byRole: readonly { readonly role: Role; readonly hosts: number }[];
  /** Busiest first. */
  readonly top: readonly HostRow[];
  /** Those that opened connections to most hosts. */
  readonly fanOut: readonly HostRow[];
  readonly pairs: readonly {
    readonly originator: string;
    readonly responder: string;
    readonly connections: number;
    readonly sentBytes: number;
    readonly receivedBytes: number;
  }[];
}

export interface HostProfile {
  readonly host: HostRow;
  readonly bin: number;
  readonly start: number;
  readonly opened: readonly (number | null)[];
  readonly got: readonly (number | null)[];
  readonly days: readonly Day[];
  readonly usual: readonly (number | null)[] | null;
  readonly tops: readonly Top[];
}

export interface ConnectionRow {
  readonly ts: number;
  readonly uid: string | null;
  readonly originator: string;
  readonly originatorPort: number;
  readonly responder: string;
  readonly responderPort: number;
  readonly proto: string;
  readonly service: string | null;
  readonly state: string | null;
  readonly duration: number | null;
  readonly sentBytes: number | null;
  readonly receivedBytes: number | null;
  readonly history: string | null;
}

export interface Unusual {
  readonly longest: readonly ConnectionRow[];
  readonly rarePorts: readonly RareRow[];
  readonly rareServices: readonly RareRow[];
  readonly misplaced: readonly MisplacedRow[];
  /** From when on a contact counts as new; `null` where the log is too short to say. */
  readonly newSince: number | null;
  readonly firstContacts: readonly FirstContact[];
  readonly firstContactCount: number;
  /** The latest, of which those with most bytes are in `firstContacts`; fewer than `firstContactCount` only where there are thousands. */
  readonly firstContactsLookedAt: number;
}

export interface RareRow {
  readonly name: string;
  readonly connections: number;
  readonly originators: number;
  readonly example: ConnectionRow;
}

export interface MisplacedRow {
  readonly service: string;
  readonly port: number;
  readonly proto: string;
  readonly connections: number;
  readonly originators: number;
  readonly responders: number;
  readonly bytes: number;
  /** Part of the service's own connections. */
  readonly share: number;
  readonly usualPorts: readonly number[];
  readonly example: ConnectionRow | null;
}

export interface FirstContact {
  readonly originator: string;
  readonly responder: string;
  readonly first: number;
  readonly connections: number;
  readonly bytes: number;
}

export interface Scored {
  readonly model: string;
  readonly pValue: number;
  readonly flagged: number;
  /** Flagged connections in the bins of the time line. */
  readonly perBin: readonly number[];
  readonly incidents: number;
  readonly fit: string | null;
}
