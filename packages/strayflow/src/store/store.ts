import type { Batch } from "../zeek/index.ts";
import type { Filter } from "./filter.ts";
import type {
  Aggregate,
  AggregateQuery,
  CorrelationQuery,
  Correlations,
  FirstContact,
  FirstContactQuery,
  Gap,
  GapQuery,
  Key,
  Measure,
  Profile,
  ProfileQuery,
  RowPage,
  RowQuery,
} from "./query.ts";

/** What scoring says of the rows of a batch: one entry a row. NaN is unset. */
export interface RowScores {
  readonly p_value: Float64Array;
  readonly score: ArrayLike<number>;
  /** 1 flagged, 0 not. */
  readonly flagged: Uint8Array;
}

export interface QueryOptions {
  /** Ends the query within the engine; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Where rows came from. */
export interface StoreSource {
  readonly id: number;
  readonly name: string;
}

/**
 * Connections and what is known of them, with questions as data. `openStore` gives one on DuckDB; nothing here tells.
 * One store is used by one process. Queries may run beside one another; they see what was appended and committed before.
 */
export interface Store {
  /** Adds the rows of a batch in their order; they are visible after `commit`. Copies what it keeps. */
  append(batch: Batch, extras?: { readonly source?: string; readonly scores?: RowScores }): Promise<void>;
  /** Makes all that was appended visible and durable. Without it, `close` loses them. */
  commit(): Promise<void>;

  /** Connections that satisfy the filter. */
  count(where?: Filter, options?: QueryOptions): Promise<number>;
  aggregate<const K extends Readonly<Record<string, Key>>, const M extends Readonly<Record<string, Measure>>>(
    query: AggregateQuery<K, M>,
    options?: QueryOptions,
  ): Promise<Aggregate<K, M>>;
  profile(query: ProfileQuery, options?: QueryOptions): Promise<Profile>;
  correlations(query: CorrelationQuery, options?: QueryOptions): Promise<Correlations>;
  gaps(query: GapQuery, options?: QueryOptions): Promise<readonly Gap[]>;
  rows(query: RowQuery, options?: QueryOptions): Promise<RowPage>;
  firstContacts(query: FirstContactQuery, options?: QueryOptions): Promise<readonly FirstContact[]>;
  sources(): Promise<readonly StoreSource[]>;

  /** Ends running queries, closes the file, and removes it where it is temporary. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface StoreOptions {
  /** A file that is kept. Without one the store is temporary: gone after `close`. */
  readonly file?: string | undefined;
  /** Where temporary stores and what does not fit into memory go; the system's folder for temporary files unless told. */
  readonly tempFolder?: string | undefined;
  /** Bytes that the engine may use; 400 MB unless told. */
  readonly memoryLimit?: number | undefined;
  /** As many as the machine has cores unless told. */
  readonly threads?: number | undefined;
  readonly readOnly?: boolean | undefined;
  /** Keep `uid`; it takes about as much room as all else together. */
  readonly keepUid?: boolean | undefined;
  /** Closes the store when it aborts. */
  readonly signal?: AbortSignal | undefined;
}
