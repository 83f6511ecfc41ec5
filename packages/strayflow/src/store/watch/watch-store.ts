import type { Alert } from "../../detect/alert.ts";
import type { Incident, Severity } from "../../detect/incidents/incident.ts";
import type { Suppression, SuppressionConditions } from "../../detect/suppress/index.ts";
import type { Outbox } from "../../sinks/delivery.ts";
import type { Message } from "../../sinks/message.ts";
import type { Batch, JsonValue } from "../../zeek/index.ts";
import type { Filter } from "../filter.ts";
import type { QueryOptions, RowScores, Store, StoreOptions } from "../store.ts";
import type { StoredRows } from "./stored-batches.ts";
import type { AlertQuery, IncidentQuery, Verdict } from "./watch-filter.ts";
import type { WhatIf, WhatIfQuery } from "./what-if-query.ts";

/** An alert on its way into the store. */
export interface NewAlert {
  readonly alert: Alert;
  /** Id of its incident. */
  readonly incident: string;
  /** Ids of the active suppressions that cover it. */
  readonly suppressions?: readonly number[] | undefined;
}

/** An incident as it is after a step. */
export interface IncidentChange {
  readonly incident: Incident;
  /** Nothing more will join it. */
  readonly isOver: boolean;
  /** Absent where nobody needs to hear of the change. */
  readonly news?: "opened" | "grew" | "closed" | undefined;
  /** How often there was news of it, by the caller's count; unless told, the store counts the steps with news. */
  readonly revision?: number | undefined;
}

/** What the store makes of a change. */
export interface ChangedIncident extends IncidentChange {
  /** How often there was news of it, this one included. */
  readonly revision: number;
  /** At the news before; absent where there was none. */
  readonly severityBefore?: Severity | undefined;
  readonly status: Verdict;
  /** All of its alerts are covered by active suppressions. */
  readonly isSuppressed: boolean;
  /** A person had closed it, and it has grown beyond what that person saw. */
  readonly wasReopened: boolean;
}

/** News for the outside, and the names of the sinks that take it. */
export interface OutgoingMessage {
  readonly sinks: readonly string[];
  readonly message: Message;
}

/** All that comes of a piece of a sensor's log. It is stored whole or not at all. */
export interface Step {
  /** Name of the sensor, and of the source of its rows. */
  readonly sensor: string;
  readonly batches?: readonly { readonly batch: Batch; readonly scores: RowScores }[] | undefined;
  /** Every new alert, in the stream's order. The store keeps the strongest 200 of each incident, and counts. */
  readonly alerts?: readonly NewAlert[] | undefined;
  /** Every incident that got alerts, or is over now. */
  readonly incidents?: readonly IncidentChange[] | undefined;
  /** Incidents that turned out to be part of others: what is known of `from` goes over. In the order in which it happened. */
  readonly folded?: readonly { readonly from: string; readonly into: string }[] | undefined;
  /** Figures of days that have ended; they replace what there was of these days. */
  readonly drift?: readonly DriftEntry[] | undefined;
  /** A function is called within the transaction with `incidents` as they are stored. */
  readonly messages?:
    | readonly OutgoingMessage[]
    | ((changed: readonly ChangedIncident[]) => readonly OutgoingMessage[])
    | undefined;
  /** Where the sensor stands in its logs. */
  readonly position?: JsonValue | undefined;
  /** What has to be gone through again from the snapshot on. */
  readonly journal?: readonly Uint8Array[] | undefined;
  /** A file with the state after journal entry number `journal`; entries up to it are dropped. */
  readonly snapshot?: { readonly file: string; readonly journal: number } | undefined;
}

export interface StepResult {
  /** Number of the sensor's last journal entry; 0 where there was none. */
  readonly journal: number;
  /** Alerts of the sensor so far. */
  readonly alerts: number;
  readonly changed: readonly ChangedIncident[];
}

/** What a sensor needs in order to go on. */
export interface SavedSensor {
  readonly position?: JsonValue | undefined;
  readonly snapshot?: { readonly file: string; readonly journal: number } | undefined;
  /** After the snapshot, in order. */
  readonly journal: readonly { readonly number: number; readonly bytes: Uint8Array }[];
  /** Number of the last entry ever; 0 where there was none. */
  readonly lastJournal: number;
  readonly alerts: number;
  readonly rows: number;
}

export interface SensorInfo {
  readonly name: string;
  readonly rows: number;
  readonly alerts: number;
  readonly position?: JsonValue | undefined;
  readonly snapshot?: string | undefined;
  /** Milliseconds since 1970. */
  readonly committed: number;
}

export interface StoredIncident {
  readonly incident: Incident;
  readonly sensor: string;
  readonly revision: number;
  readonly status: Verdict;
  readonly isSuppressed: boolean;
  /** Alerts covered by active suppressions. */
  readonly suppressedAlerts: number;
  readonly isOver: boolean;
  /** Id of the incident that it turned out to be part of. */
  readonly replacedBy?: string | undefined;
}

/** Who did what when. Append-only. */
export interface HistoryEntry {
  /** Seconds since 1970. */
  readonly time: number;
  readonly incident?: string | undefined;
  readonly suppression?: number | undefined;
  readonly action: "close" | "reopen" | "confirm" | "note" | "suppress" | "unsuppress";
  readonly author: string;
  readonly note: string;
}

export interface IncidentAction {
  readonly action: "close" | "reopen" | "confirm" | "note";
  readonly author: string;
  readonly note?: string | undefined;
}

export interface StoredAlert {
  readonly id: string;
  /** Number among the alerts of its sensor, from 0. */
  readonly ordinal: number;
  readonly incident: string;
  readonly sensor: string;
  readonly alert: Alert;
  /** Active suppressions that cover it. */
  readonly suppressions: readonly number[];
}

/** What a suppression covers of what is stored. */
export interface SuppressionEffect {
  /** Those with an alert that it covers, worst first. */
  readonly incidents: readonly {
    readonly incident: StoredIncident;
    /** How many of its alerts it covers; of incidents with more than 200, of those kept, unless all of it is covered. */
    readonly alerts: number;
    /** All of its alerts. */
    readonly isCovered: boolean;
  }[];
  readonly alerts: number;
  /** Incidents wholly covered: not over yet, and over. */
  readonly open: number;
  readonly past: number;
}

export interface DriftEntry {
  readonly sensor: string;
  /** "2024-04-20" */
  readonly day: string;
  readonly measure: string;
  readonly column?: string | undefined;
  readonly value: number;
  readonly usual: number;
}

export interface OutboxCount {
  readonly sink: string;
  readonly waiting: number;
  readonly delivered: number;
  readonly givenUp: number;
  readonly lastError?: string | undefined;
}

export interface StoreInfo {
  readonly version: number;
  readonly connections: number;
  /** Kept ones. */
  readonly alerts: number;
  /** Without those that turned out to be part of others. */
  readonly incidents: number;
  /** Active ones. */
  readonly suppressions: number;
  readonly sources: number;
  readonly sensors: number;
  /** Of the file and what belongs to it, and the part in use. */
  readonly bytes: number;
  readonly usedBytes: number;
  /** Starts of the first and last connection; absent where there is none. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface Retention {
  /** Connections that are older are removed. */
  readonly olderThanDays?: number | undefined;
  /** Incidents that are over, their alerts, and figures of drift; as old as connections unless told. */
  readonly incidentsOlderThanDays?: number | undefined;
  /** What is in use of the file may take so much; the oldest rows go first, but some 250,000 of the latest stay. */
  readonly maxBytes?: number | undefined;
  /** Age is counted from the last connection's start, or from this where it is earlier: seconds since 1970, now unless told. */
  readonly now?: number | undefined;
}

export interface PruneOptions extends QueryOptions {
  /** Waited for before each piece of some hundred thousand rows: whoever has more urgent work lets it wait. */
  readonly between?: (() => Promise<void>) | undefined;
}

export interface Pruned {
  readonly connections: number;
  readonly alerts: number;
  readonly incidents: number;
}

export const exportTables = ["connections", "alerts", "incidents"] as const;
export type ExportTable = (typeof exportTables)[number];

/** A store with the tables of live detection. Everything that changes it is one transaction each. */
export interface WatchStore extends Store {
  /**
   * Stores a step, whole or not at all. Rejects with `ExpectedError` "output-failed" where the disk is full or cannot be
   * written; then the store may refuse everything else, and is to be closed. What was stored is what `loadSensor` says
   * after it was opened anew.
   */
  commitStep(step: Step): Promise<StepResult>;
  loadSensor(name: string): Promise<SavedSensor | undefined>;
  sensors(): Promise<readonly SensorInfo[]>;

  /** Messages that wait, for `Delivery`. */
  readonly outbox: Outbox;
  outboxCounts(): Promise<readonly OutboxCount[]>;

  incidents(
    query?: IncidentQuery,
    options?: QueryOptions,
  ): Promise<{
    readonly incidents: readonly StoredIncident[];
    readonly next?: string | undefined;
    readonly total: number;
  }>;
  /** By id, or the beginning of one that is unlike all others. Throws `ExpectedError` where it is no or several incidents. */
  incident(id: string): Promise<StoredIncident & { readonly history: readonly HistoryEntry[] }>;
  /**
   * What is closed stays closed while it hardly grows: it is reopened when its severity rises above what it was then, or
   * when it has at least twice as many alerts and ten more. What is confirmed stays so.
   */
  changeIncident(id: string, action: IncidentAction): Promise<StoredIncident>;
  alerts(
    query?: AlertQuery,
    options?: QueryOptions,
  ): Promise<{
    readonly alerts: readonly StoredAlert[];
    readonly next?: string | undefined;
    readonly total: number;
  }>;
  alert(id: string): Promise<StoredAlert>;

  /** Active suppressions; with `all` also those that expired or were taken back. */
  suppressions(options?: { readonly all?: boolean }): Promise<readonly Suppression[]>;
  /** What a suppression would cover. */
  previewSuppression(conditions: SuppressionConditions): Promise<SuppressionEffect>;
  /** Holds at once, for what is stored too. @param days 30 unless told; `null` is for good */
  suppress(
    suppression: SuppressionConditions & {
      readonly note: string;
      readonly author: string;
      readonly days?: number | null | undefined;
    },
  ): Promise<SuppressionEffect & { readonly suppression: Suppression }>;
  unsuppress(
    id: number,
    by: { readonly author: string; readonly note?: string | undefined },
  ): Promise<Suppression>;
  /** Another number after each change of the suppressions. */
  readonly suppressionsChanged: number;

  whatIf(query: WhatIfQuery, options?: QueryOptions): Promise<WhatIf>;

  /** Replaces what is known of the sensors' days that the entries are of. */
  saveDrift(entries: readonly DriftEntry[]): Promise<void>;
  drift(query?: {
    readonly sensor?: string | undefined;
    readonly from?: string | undefined;
    readonly to?: string | undefined;
  }): Promise<readonly DriftEntry[]>;

  /** Hands stored connections over again, as batches in the order in which they ended; see `readExported` for other processes. */
  readBatches(rows: StoredRows, use: (batch: Batch) => void, options?: QueryOptions): Promise<void>;

  info(): Promise<StoreInfo>;
  /** Removes in bounded pieces, between which steps are committed. */
  prune(retention: Retention, options?: PruneOptions): Promise<Pruned>;
  /** Writes one Parquet file a table into a folder, and returns their paths. */
  exportParquet(
    folder: string,
    what?: { readonly tables?: readonly ExportTable[] | undefined; readonly where?: Filter | undefined },
    options?: QueryOptions,
  ): Promise<readonly string[]>;
}

export interface WatchStoreOptions extends StoreOptions {
  /** Milliseconds since 1970; of the system unless told. */
  readonly now?: (() => number) | undefined;
}
