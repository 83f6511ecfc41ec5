import type { NumberColumn, StoreColumn } from "./store-columns.ts";

/** Which of its ends are inside the network, by `local_orig` and `local_resp`; unknown where the log does not say both. */
export const directions = ["outbound", "inbound", "internal", "external", "unknown"] as const;
export type Direction = (typeof directions)[number];

/** Both ends included; either may be left out. */
export interface NumberRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * What rows must satisfy. Every condition that is present must hold; within a list, one entry is enough. An empty list
 * holds for no row. `null` in a list of texts is unset.
 */
export interface Conditions {
  /** Addresses or CIDRs (`10.0.0.0/8`, `2001:db8::/32`), of either end. */
  readonly host?: readonly string[] | undefined;
  /** Addresses or CIDRs of the originator. */
  readonly orig?: readonly string[] | undefined;
  /** Addresses or CIDRs of the responder. */
  readonly resp?: readonly string[] | undefined;
  /** Connections between these two, whoever began. Addresses or CIDRs. */
  readonly pair?: readonly (readonly [string, string])[] | undefined;
  readonly origPort?: readonly (number | NumberRange)[] | undefined;
  readonly respPort?: readonly (number | NumberRange)[] | undefined;
  readonly proto?: readonly (string | null)[] | undefined;
  /** The whole text of the column: `ssl,http` is another service than `ssl`. */
  readonly service?: readonly (string | null)[] | undefined;
  /** Services of which the column's comma-separated set holds one. */
  readonly serviceHas?: readonly string[] | undefined;
  readonly state?: readonly (string | null)[] | undefined;
  readonly history?: readonly (string | null)[] | undefined;
  /** Letters of which `history` holds one: `^` for connections that Zeek turned round. */
  readonly historyHas?: readonly string[] | undefined;
  readonly label?: readonly (string | null)[] | undefined;
  readonly uid?: readonly string[] | undefined;
  readonly direction?: readonly Direction[] | undefined;
  readonly flagged?: boolean | undefined;
  /** Columns of numbers that must be set and lie in a range. */
  readonly numbers?: readonly ({ readonly column: NumberColumn } & NumberRange)[] | undefined;
  /** Columns that must be set. */
  readonly set?: readonly StoreColumn[] | undefined;
  /** Ids of sources, see `Store.sources`. */
  readonly source?: readonly number[] | undefined;
}

/** A choice of connections, as data: it is validated and may come from outside. */
export interface Filter extends Conditions {
  /** Seconds since 1970; connections that began at `from` or later, and before `to`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Each of these conditions excludes the rows for which it holds. */
  readonly not?: Conditions | undefined;
}
