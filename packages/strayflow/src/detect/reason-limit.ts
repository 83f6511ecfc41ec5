import type { FeatureColumn } from "../features/family.ts";

/**
 * How far the amount that a reason names may go: "below 30 MB this would be normal". Absent for a reason that names no
 * amount, and where the limit reads like the value itself.
 */
export function limitText(
  column: FeatureColumn,
  how: {
    readonly value: number;
    readonly usual: number;
    /** How much of the way to the usual value it must go. */
    readonly part: number;
    /** Other reasons must be as usual as well. */
    readonly isOneOfSeveral: boolean;
  },
): string | undefined {
  if (column.choice !== undefined || column.unit === "0 or 1") return undefined;
  const { value, usual, part } = how;
  const edge = value + part * (usual - value);
  const limit = amountText(column, edge);
  // A limit on the other side of 0 is told in other words than the value, and cannot be compared with it.
  if (limit === amountText(column, value) || value * edge < 0) return undefined;
  // Deviations and differences are told by their size, logarithms by the amount.
  const isMuch = column.unit.startsWith("log ") ? edge < value : Math.abs(edge) < Math.abs(value);
  const others = how.isOneOfSeveral ? ", the rest being as usual," : "";
  if (column.format !== undefined)
    return `${isMuch ? "below" : "above"} ${limit}${others} this would be normal`;
  const [less, more] = column.unit === "-ln p" ? ["commoner", "rarer"] : ["less", "more"];
  return `${limit} or ${isMuch ? less : more}${others} would be normal`;
}

/** The amount alone, or without a format for it, the clause about it. */
function amountText(column: FeatureColumn, value: number): string {
  return column.format?.(value) ?? column.explain(value, value).split("; usually ")[0]!;
}
