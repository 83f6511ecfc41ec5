import { textTable } from "../../packages/strayflow/src/output/text-table.ts";

export interface Table {
  readonly columns: readonly { readonly head: string; readonly align?: "left" | "right" }[];
  readonly rows: readonly (readonly string[])[];
}

/** Aligned lines for a terminal. */
export function tableLines({ columns, rows }: Table): string[] {
  return textTable(columns, rows);
}

/** The same for a page. */
export function markdownTable({ columns, rows }: Table): string[] {
  return [
    markdownRow(columns.map(({ head }) => head)),
    `|${columns.map(({ align }) => (align === "right" ? "---:" : "---")).join("|")}|`,
    ...rows.map(markdownRow),
  ];
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
