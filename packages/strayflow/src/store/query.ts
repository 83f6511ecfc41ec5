import type { Filter } from "./filter.ts";
import type { AddressColumn, BooleanColumn, NumberColumn, StoreColumn, TextColumn } from "./store-columns.ts";

/**
 * What rows are put together by, and what `distinct` counts. Times are those of `ts`; `zone` is an IANA name, and the
 * clock of that zone decides, changes to and from summer time included.
 */
export type Key =
  | { readonly kind: "column"; readonly column: StoreColumn }
  /** `either`: a connection counts for both of its hosts, once where they are the same. At most one such key a query. */
  | { readonly kind: "host"; readonly side: "orig" | "resp" | "either" }
  /** The other host; beside `{ kind: "host", side: "either" }` that other one's, otherwise the responder. */
  | { readonly kind: "peer" }
  /** Whether the host of an `either` key began the connection: `orig` or `resp`. */
  | { readonly kind: "role" }
  /** `a b`: two addresses with a space between; the smaller one first unless `ordered` (originator first). */
  | { readonly kind: "pair"; readonly ordered?: boolean | undefined }
  | { readonly kind: "direction" }
  | { readonly kind: "source" }
  /** Start of the local bin of so many minutes (a divisor of 1440), seconds since 1970. */
  | { readonly kind: "time"; readonly minutes: number; readonly zone: string }
  /** The same within the day: minutes since local midnight at which the bin starts. */
  | { readonly kind: "time-of-day"; readonly minutes: number; readonly zone: string }
  /** `2024-04-19` */
  | { readonly kind: "date"; readonly zone: string }
  /** 1 Monday to 7 Sunday. */
  | { readonly kind: "weekday"; readonly zone: string }
  /** 0 to 23. */
  | { readonly kind: "hour"; readonly zone: string }
  /** Number k of the bin [from + k width, from + (k + 1) width). */
  | { readonly kind: "bin"; readonly column: NumberColumn; readonly from: number; readonly width: number }
  /** Number k of the bin [10^(k / perDecade), 10^((k + 1) / perDecade)); -Infinity for zero (and below). */
  | { readonly kind: "log-bin"; readonly column: NumberColumn; readonly perDecade: number };

interface Part {
  /** Only the rows of the group that satisfy this. */
  readonly where?: Filter | undefined;
}

/** A number made of the rows of a group. Unset values are left out; NaN where there is none. */
export type Measure =
  | ({ readonly kind: "count" } & Part)
  /** The share of the group's rows that satisfy `where`, 0 to 1. */
  | { readonly kind: "share"; readonly where: Filter }
  | ({ readonly kind: "sum" | "mean" | "min" | "max"; readonly column: NumberColumn } & Part)
  /** Exact, linear between the two nearest values (the default of NumPy). `q` from 0 to 1. */
  | ({ readonly kind: "quantile"; readonly column: NumberColumn; readonly q: number } & Part)
  /** How many different ones; unset is none of them. Exact unless `approximate` (a few percent, much faster). */
  | ({
      readonly kind: "distinct";
      readonly of: Key | readonly Key[];
      readonly approximate?: boolean | undefined;
    } & Part)
  /** Rows where the column is set. */
  | ({ readonly kind: "set"; readonly column: StoreColumn } & Part);

type Keys = Readonly<Record<string, Key>>;
type Measures = Readonly<Record<string, Measure>>;

export interface AggregateQuery<K extends Keys, M extends Measures> {
  /** Names of the caller's choice; without any, one group of all rows. */
  readonly by: K;
  readonly measures: M;
  readonly where?: Filter | undefined;
  /** Names of measures or keys. Ties go by the keys, so that an answer is always the same. Unset comes last. */
  readonly order?: readonly {
    readonly by: (keyof K | keyof M) & string;
    readonly descending?: boolean | undefined;
  }[];
  readonly limit?: number | undefined;
}

/** Values of a key: a NaN or a null is the group of rows where it is unset. */
export type KeyValues<K extends Key> = K extends { readonly kind: "column"; readonly column: infer C }
  ? C extends TextColumn
    ? readonly (string | null)[]
    : C extends BooleanColumn
      ? readonly (boolean | null)[]
      : Float64Array
  : K extends { readonly kind: "host" | "peer" | "role" | "pair" | "direction" | "date" }
    ? readonly string[]
    : Float64Array;

/** One entry a group in every array. Owned by the caller. */
export interface Aggregate<K extends Keys, M extends Measures> {
  readonly rows: number;
  /** Groups before `limit`. */
  readonly groups: number;
  readonly keys: { readonly [P in keyof K]: KeyValues<K[P]> };
  readonly values: { readonly [P in keyof M]: Float64Array };
}

export interface ProfileQuery {
  readonly column: StoreColumn | AddressColumn;
  readonly where?: Filter | undefined;
  /** 0 to 1; quartiles and the like unless told: 0, .01, .05, .25, .5, .75, .95, .99, 1. */
  readonly quantiles?: readonly number[] | undefined;
  /** How many of the most frequent values; 10 unless told. */
  readonly top?: number | undefined;
  /** Columns of numbers with more different values are left to the engine, slower in bounded memory; 2,000,000 unless told. */
  readonly mostCounted?: number | undefined;
}

export interface Profile {
  readonly rows: number;
  readonly unset: number;
  /** Zeros of a column of numbers; 0 for others. */
  readonly zeros: number;
  readonly distinct: number;
  /** Only of columns of numbers with a value. Seconds since 1970 for `ts`. */
  readonly numbers?: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly sum: number;
    /** As asked for, exact. */
    readonly quantiles: readonly { readonly q: number; readonly value: number }[];
  };
  /** Most frequent first; ties in the order of the values. Unset is not among them. */
  readonly top: readonly { readonly value: string | number | boolean; readonly rows: number }[];
}

export interface CorrelationQuery {
  readonly columns: readonly NumberColumn[];
  readonly method: "pearson" | "spearman";
  readonly where?: Filter | undefined;
  /** Spearman is computed of evenly spread rows when there are more than this; 1,500,000 unless told. */
  readonly mostRows?: number | undefined;
}

export interface Correlations {
  readonly columns: readonly NumberColumn[];
  /** Row-major, symmetric, columns by columns; NaN where a column does not vary or fewer than two rows have both. */
  readonly matrix: Float64Array;
  /** Rows with both, in the same layout. */
  readonly rows: Float64Array;
  /** Whether only some of the rows were used. */
  readonly sampled: boolean;
}

export interface GapQuery {
  /** Seconds; only longer gaps are reported. */
  readonly longerThan: number;
  readonly where?: Filter | undefined;
  /** 20 unless told. */
  readonly limit?: number | undefined;
}

/** A stretch in which no connection began. Seconds since 1970: the last start before it and the first after it. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface RowQuery {
  readonly where?: Filter | undefined;
  /** `ts` ascending unless told. Unset values come last. */
  readonly order?: { readonly by: NumberColumn; readonly descending?: boolean | undefined } | undefined;
  /** 100 unless told, at most 10,000. */
  readonly limit?: number | undefined;
  /** `next` of the page before, of a query that is otherwise the same. */
  readonly cursor?: string | undefined;
}

export interface RowPage {
  readonly rows: readonly StoredConnection[];
  /** Absent on the last page. */
  readonly next?: string | undefined;
}

/** One connection, by Zeek's names; `null` where the log states nothing. `row` numbers it within the store, from 0. */
export interface StoredConnection {
  readonly row: number;
  readonly source: number;
  readonly ts: number;
  readonly uid: string | null;
  readonly "id.orig_h": string;
  readonly "id.orig_p": number;
  readonly "id.resp_h": string;
  readonly "id.resp_p": number;
  readonly proto: string | null;
  readonly service: string | null;
  readonly duration: number | null;
  readonly orig_bytes: number | null;
  readonly resp_bytes: number | null;
  readonly conn_state: string | null;
  readonly local_orig: boolean | null;
  readonly local_resp: boolean | null;
  readonly missed_bytes: number | null;
  readonly history: string | null;
  readonly orig_pkts: number | null;
  readonly orig_ip_bytes: number | null;
  readonly resp_pkts: number | null;
  readonly resp_ip_bytes: number | null;
  readonly ip_proto: number | null;
  readonly label: string | null;
  readonly detailedlabel: string | null;
  readonly p_value: number | null;
  readonly score: number | null;
  readonly flagged: boolean | null;
}

export interface FirstContactQuery {
  /** `pair`: originator, responder. `host-service`: originator, responder's port, protocol. `host`: either end. */
  readonly of: "pair" | "host-service" | "host";
  /** Seconds since 1970: only what was first seen then or later. */
  readonly since?: number | undefined;
  readonly where?: Filter | undefined;
  /** 100 unless told, earliest first. */
  readonly limit?: number | undefined;
}

export interface FirstContact {
  /** When it was first seen, seconds since 1970. */
  readonly ts: number;
  /** The originator, or the host. */
  readonly host: string;
  readonly peer?: string;
  readonly respPort?: number;
  readonly proto?: string | null;
  /** Connections, the first one included. */
  readonly connections: number;
}
