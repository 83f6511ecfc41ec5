import { lineBuffer } from "./line-buffer.ts";
import type { OutputFile } from "./output-file.ts";
import type { ScoreWriter } from "./score-writer.ts";

/** A JSON object a line: Zeek's own fields, then `score`, `p_value`, `flagged`, `reasons`. */
export function scoreNdjsonWriter(output: OutputFile): ScoreWriter {
  const lines = lineBuffer(output);
  return {
    // Ours come last, so a log that has a field named like one of them does not hide it.
    add: ({ record, score, pValue, flagged, reasons }) =>
      lines.add(JSON.stringify({ ...record, score, p_value: pValue, flagged, reasons })),
    finish: () => lines.flush(),
  };
}
