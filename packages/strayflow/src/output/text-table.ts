import { displayWidth, truncateText } from "./display-width.ts";

export interface TableColumn {
  readonly head: string;
  /** Numbers stand right, words left. */
  readonly align?: "left" | "right";
  /** A wider cell is cut with an ellipsis; without it the column is as wide as its widest cell. */
  readonly width?: number;
}

/**
 * Aligned lines under a line of heads, two spaces between columns, nothing behind the last cell of a line.
 *
 * @param rows one cell a column, already escaped
 */
export function textTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(
    ({ head, width }, index) =>
      width ?? Math.max(displayWidth(head), ...rows.map((row) => displayWidth(row[index] ?? ""))),
  );
  return [columns.map(({ head }) => head), ...rows].map((row) => textRow(columns, widths, row));
}

function textRow(columns: readonly TableColumn[], widths: readonly number[], row: readonly string[]): string {
  return columns
    .map(({ align }, index) => {
      const cell = truncateText(row[index] ?? "", widths[index]!);
      const space = " ".repeat(widths[index]! - displayWidth(cell));
      return align === "right" ? space + cell : cell + space;
    })
    .join("  ")
    .trimEnd();
}
