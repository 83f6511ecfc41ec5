/** Both ends included; either may be left out. */
export interface PortRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * What a suppression covers. Every condition that is present must hold; within a list, one entry is enough. Addresses may
 * be networks (`10.0.0.0/8`).
 */
export interface SuppressionConditions {
  /** Ids of incidents. */
  readonly incident?: readonly string[] | undefined;
  /** Either end. */
  readonly host?: readonly string[] | undefined;
  readonly orig?: readonly string[] | undefined;
  readonly resp?: readonly string[] | undefined;
  /** Between these two, whoever began. */
  readonly pair?: readonly (readonly [string, string])[] | undefined;
  /** The responder's. */
  readonly port?: readonly (number | PortRange)[] | undefined;
  readonly proto?: readonly string[] | undefined;
  /** As logged; "" is unset. */
  readonly service?: readonly string[] | undefined;
  /** A named detector that speaks of the alert, or the kind of its incident. */
  readonly kind?: readonly string[] | undefined;
  /** A feature among the alert's reasons. */
  readonly reason?: readonly string[] | undefined;
  readonly sensor?: readonly string[] | undefined;
}

/** A person's word that alerts like these are fine. What it covers is still scored, counted and kept. Times are seconds since 1970. */
export interface Suppression extends SuppressionConditions {
  readonly id: number;
  readonly note: string;
  readonly author: string;
  readonly created: number;
  /** Absent where it holds for good. */
  readonly expires?: number | undefined;
  /** Absent unless somebody took it back. */
  readonly removed?: number | undefined;
}

/** Whether it covers anything at a time. */
export function isActive(
  { expires, removed }: Pick<Suppression, "expires" | "removed">,
  now: number,
): boolean {
  return removed === undefined && (expires === undefined || expires > now);
}
