import type { QuerySeverity, QueryStatus } from "./filter-fields.ts";

/** Both ends included; either may be left out. */
export interface FilterRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Conditions as the store takes them: all that are present hold, of a list one entry. */
export interface FilterConditions {
  readonly host?: readonly string[] | undefined;
  readonly orig?: readonly string[] | undefined;
  readonly resp?: readonly string[] | undefined;
  readonly pair?: readonly (readonly [string, string])[] | undefined;
  readonly port?: readonly (number | FilterRange)[] | undefined;
  readonly proto?: readonly string[] | undefined;
  /** "" is unset. */
  readonly service?: readonly string[] | undefined;
  readonly kind?: readonly string[] | undefined;
  readonly reason?: readonly string[] | undefined;
  readonly sensor?: readonly string[] | undefined;
  readonly incident?: readonly string[] | undefined;
  readonly severity?: readonly QuerySeverity[] | undefined;
  readonly status?: readonly QueryStatus[] | undefined;
  readonly pValue?: FilterRange | undefined;
  /** Of incidents alone. */
  readonly alerts?: FilterRange | undefined;
  readonly isOver?: boolean | undefined;
  /** Of alerts alone. */
  readonly suppressed?: boolean | undefined;
}

/** A filter as plain data. Seconds since 1970: `from` included, `to` not. Each condition of `not` excludes what it holds for. */
export interface ParsedFilter extends FilterConditions {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly not?: FilterConditions | undefined;
}
