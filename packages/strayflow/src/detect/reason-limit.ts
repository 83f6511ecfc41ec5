import type { FeatureColumn } from "../features/family.ts";
import type { Reason } from "./reason.ts";
import type { ReasonWords } from "./reason-words.ts";

/**
 * How far the amount that a reason names may go: "below 30 MB this would be normal". Absent for a reason that names no
 * amount, and where the limit reads like the value itself.
 *
 * @param part how much of the way to the usual value it must go
 * @param isOneOfSeveral other reasons must be as usual as well
 */
export function limitText(
  { columns }: ReasonWords,
  reason: Reason | undefined,
  values: Float32Array,
  usual: Float32Array,
  part: number,
  isOneOfSeveral: boolean,
): string | undefined {
  const index = columns.findIndex(({ id }) => id === reason?.feature);
  const column = columns[index];
  if (column === undefined || column.choice !== undefined || column.unit === "0 or 1") return undefined;
  const value = values[index]!;
  const limit = value + part * (usual[index]! - value);
  const isMuch = value > usual[index]!;
  const others = isOneOfSeveral ? ", the rest being as usual," : "";
  const [said, atLimit] = [amountText(column, value), amountText(column, limit)];
  if (said === atLimit) return undefined;
  if (column.format !== undefined)
    return `${isMuch ? "below" : "above"} ${atLimit}${others} this would be normal`;
  return `${atLimit} or ${isMuch ? "less" : "more"}${others} would be normal`;
}

/** The amount alone, or without a format for it, the clause about it. */
function amountText(column: FeatureColumn, value: number): string {
  return column.format?.(value) ?? column.explain(value, value).split("; usually ")[0]!;
}
