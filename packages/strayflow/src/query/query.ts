import type { FieldId, FieldOf } from "./fields.ts";

export type Comparison = "=" | "<" | "<=" | ">" | ">=";

/**
 * A question about connections as plain data: it can be stored, sent, and turned into a row selector or into SQL.
 *
 * Logic has two values. A comparison with an unset value does not hold, so its `not` does: `duration != 5` holds where
 * there is no duration. (In SQL: IS DISTINCT FROM, and COALESCE(comparison, FALSE).)
 */
export type Query =
  | { readonly kind: "everything" }
  | { readonly kind: "and"; readonly terms: readonly Query[] }
  | { readonly kind: "or"; readonly terms: readonly Query[] }
  | { readonly kind: "not"; readonly term: Query }
  /** The log does not state the field. */
  | { readonly kind: "unset"; readonly field: FieldId }
  | {
      readonly kind: "number";
      readonly field: FieldOf<"number" | "port">;
      readonly op: Comparison;
      readonly value: number;
    }
  /** Seconds since 1970. */
  | {
      readonly kind: "time";
      readonly field: FieldOf<"time">;
      readonly op: Comparison;
      readonly seconds: number;
    }
  /** Compared with now minus so many seconds. */
  | {
      readonly kind: "age";
      readonly field: FieldOf<"time">;
      readonly op: Comparison;
      readonly seconds: number;
    }
  | { readonly kind: "text"; readonly field: FieldOf<"text">; readonly value: string }
  /** The set has all of these elements. */
  | { readonly kind: "elements"; readonly field: FieldOf<"set">; readonly values: readonly string[] }
  /** Part of the text, or of the set as it is written. */
  | { readonly kind: "contains"; readonly field: FieldOf<"text" | "set">; readonly value: string }
  | { readonly kind: "boolean"; readonly field: FieldOf<"boolean">; readonly value: boolean }
  | { readonly kind: "network"; readonly field: FieldOf<"address">; readonly network: Network };

/** An address or a network: the first `prefix` bits of four big-endian words count. IPv4 is ::ffff:a.b.c.d, 96 bits more. */
export interface Network {
  /** Bits behind the prefix are 0. */
  readonly words: readonly [number, number, number, number];
  readonly prefix: number;
}
