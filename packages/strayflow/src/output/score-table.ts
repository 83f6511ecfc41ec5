import { wrapText } from "./display-width.ts";
import { escapeText } from "./escape.ts";
import { connectionText } from "./connection-text.ts";
import { lineBuffer } from "./line-buffer.ts";
import type { OutputFile } from "./output-file.ts";
import type { ScoreWriter } from "./score-writer.ts";
import type { ScoredConnection } from "./scored.ts";
import { textStyle } from "./text-style.ts";
import { textTable, type TableColumn } from "./text-table.ts";
import { figure, oneInCell, utcTime } from "./figures.ts";

export interface TableStyle {
  /** Terminal columns to fill. */
  readonly columns: number;
  readonly colour: boolean;
}

/** Widths of what stands before the connection; the longest address pair is wrapped rather than cut. */
const figures: readonly TableColumn[] = [
  { head: "#", align: "right", width: 3 },
  { head: "score", align: "right", width: 6 },
  { head: "1 in", align: "right", width: 13 },
  { head: "time (UTC)", width: 19 },
];
const reasonIndent = "     ";

/**
 * For reading: a line of figures for each connection, then its reasons, one a line. Rows are numbered in the order in
 * which they come, so give the worst first.
 */
export function scoreTableWriter(output: OutputFile, { columns, colour }: TableStyle): ScoreWriter {
  const style = textStyle(colour);
  const lines = lineBuffer(output);
  const figuresWidth = figures.reduce((sum, { width = 0 }) => sum + width + 2, 0);
  const connectionWidth = Math.max(30, columns - figuresWidth);
  let rank = 0;

  const head = () => style.dim(textTable([...figures, { head: "connection" }], [])[0]!);
  const entry = (connection: ScoredConnection): string[] => {
    const [first = "", ...rest] = wrapText(connectionText(connection.record), connectionWidth);
    const cells = [
      String(rank),
      figure(connection.score),
      oneInCell(connection.pValue),
      utcTime(connection.ts),
      connection.flagged ? style.bold(first) : first,
    ];
    const main = textTable([...figures, { head: "" }], [cells])[1]!;
    const reasons = connection.reasons.flatMap(({ text }) =>
      wrapText(escapeText(text), columns - reasonIndent.length - 2).map((line, index) =>
        index === 0 ? `${reasonIndent}${line}` : `${reasonIndent}  ${line}`,
      ),
    );
    const folded = connection.folded
      ? [`${reasonIndent}not flagged: trouble with the sensor explains it`]
      : [];
    return [main, ...rest.map((line) => " ".repeat(figuresWidth) + line), ...folded, ...reasons];
  };

  return {
    add(connection) {
      if (rank++ === 0) void lines.add(head());
      return lines.add(entry(connection).join("\n"));
    },
    async finish(closing = []) {
      if (rank > 0 && closing.length > 0) void lines.add("");
      for (const line of closing) await lines.add(line);
      await lines.flush();
    },
  };
}
