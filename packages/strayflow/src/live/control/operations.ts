import type { WatchStore } from "../../store/index.ts";

/**
 * What may be asked over the socket besides what the watch itself can do: functions of the store, with the same arguments. They
 * check their arguments as they do for any caller.
 */
export const storeOperations = [
  "sensors",
  "outboxCounts",
  "incidents",
  "incident",
  "changeIncident",
  "alerts",
  "alert",
  "suppressions",
  "previewSuppression",
  "suppress",
  "unsuppress",
  "whatIf",
  "saveDrift",
  "drift",
  "info",
  "prune",
  "exportParquet",
  "count",
  "aggregate",
  "rows",
  "sources",
] as const satisfies readonly (keyof WatchStore)[];
export type StoreOperation = (typeof storeOperations)[number];

/** What the watching process says of itself. */
export interface WatchStatus {
  readonly pid: number;
  readonly version: string;
  /** Seconds since 1970. */
  readonly since: number;
  readonly pValue: number;
  readonly sensors: readonly {
    readonly name: string;
    readonly rows: number;
    readonly flagged: number;
    readonly rejected: number;
    readonly lagSeconds?: number | undefined;
    readonly troubles: readonly { readonly code: string; readonly since: number; readonly text: string }[];
  }[];
  /** Why nothing can be stored; absent where all is well. */
  readonly storeTrouble?: string | undefined;
}

/** The watch's own operations. */
export interface WatchOperations {
  status(): Promise<WatchStatus>;
  /** Loads model and configuration anew, as SIGHUP does; gives what came of it. */
  reload(): Promise<{ readonly message: string }>;
}

/** A store that another process owns: the same functions over the socket. Signals do not reach it. */
export type RemoteStore = Pick<WatchStore, StoreOperation> & WatchOperations;

export const watchOperations = ["status", "reload"] as const satisfies readonly (keyof WatchOperations)[];
