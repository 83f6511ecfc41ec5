import { csvText } from "./escape.ts";
import { lineBuffer } from "./line-buffer.ts";
import type { OutputFile } from "./output-file.ts";
import { scoreColumns, type ScoreColumn } from "./score-columns.ts";
import type { ScoreWriter } from "./score-writer.ts";
import type { ScoredConnection } from "./scored.ts";

/** RFC 4180 with a head line; the reasons' sentences share one cell, joined by "; ". Unset is an empty cell. */
export function scoreCsvWriter(output: OutputFile): ScoreWriter {
  const columns = scoreColumns(({ reasons }) => reasons.map(({ text }) => text).join("; "));
  const lines = lineBuffer(output);
  void lines.add(columns.map(({ name }) => csvText(name)).join(","));
  return {
    add: (connection) => lines.add(columns.map((column) => csvCell(column, connection)).join(",")),
    finish: () => lines.flush(),
  };
}

function csvCell({ kind, value }: ScoreColumn, connection: ScoredConnection): string {
  const cell = value(connection);
  if (cell === undefined) return "";
  if (kind === "time" && typeof cell === "number") return cell.toFixed(6);
  return typeof cell === "string" ? csvText(cell) : String(cell);
}
