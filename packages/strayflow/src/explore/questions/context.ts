import type { Span } from "../day-bins.ts";
import type { Zone } from "../zone.ts";
import type { Filter, Store } from "../../store/index.ts";

/** What every question needs to know. */
export interface Asking {
  readonly store: Store;
  readonly zone: Zone;
  /** First and last start in the log. */
  readonly span: Span;
  readonly connections: number;
  /** Columns that the logs have, as Zeek spells them. */
  readonly columns: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
}

/** Nobody was there, or refused, or it was broken off before an answer. */
export const failedStates = ["S0", "SH", "RSTOS0", "REJ", "RSTRH"] as const;

/** Connections that the originator opened and the responder answered. */
export function answered(columns: ReadonlySet<string>): Filter {
  const state = columns.has("conn_state")
    ? { state: ["SF", "S1", "S2", "S3", "RSTO", "RSTR", null] }
    : undefined;
  const packets = columns.has("resp_pkts") ? ("resp_pkts" as const) : ("resp_bytes" as const);
  return columns.has(packets) ? { ...state, numbers: [{ column: packets, from: 1 }] } : { ...state };
}

/** Above so many connections, counts of different things are estimates, within a few percent. */
export const MOST_EXACT = 5_000_000;
