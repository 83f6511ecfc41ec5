import { csvText } from "../base/escape.ts";
import type { Cell, ReportTable } from "./document.ts";

/**
 * A table as CSV (RFC 4180, lines ended by CR LF): a head line, exact numbers, times as seconds since 1970, unset as an
 * empty field. Text is guarded against spreadsheets that would run it.
 */
export function tableCsv({ columns, rows }: Pick<ReportTable, "columns" | "rows">): string {
  const lines = rows.map((row) => columns.map((_, at) => csvCell(row[at] ?? null)).join(","));
  return [columns.map(({ name }) => csvText(name)).join(","), ...lines, ""].join("\r\n");
}

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "string") return csvText(cell);
  return Number.isFinite(cell) ? String(cell) : "";
}
