import { formatCount, formatDuration, formatShare } from "../base/units.ts";
import type { OnProgress, Progress } from "../base/stage.ts";
import { truncateText } from "../output/display-width.ts";
import { escapeText } from "../output/escape.ts";
import { formatRate } from "../output/figures.ts";
import type { Io } from "./io.ts";

/** Shows how far a run is, on standard error: one line that is drawn over on a terminal, a line now and then elsewhere. */
export interface ProgressLine {
  readonly onProgress: OnProgress;
  /** Removes the line, before something else is printed; it comes back with the next report. */
  readonly clear: () => void;
}

export const silentProgress: ProgressLine = { onProgress: () => undefined, clear: () => undefined };

const terminalEvery = 100;
const elsewhereEvery = 5000;
/** Shorter work shows nothing: a line that flashes by is only noise. */
const terminalAfter = 150;

export function progressLine(io: Io): ProgressLine {
  const isTerminal = io.stderr.isTTY === true;
  let shownAt = io.now() + (isTerminal ? terminalAfter - terminalEvery : 0);
  let stage = "";
  let stageFrom = io.now();
  let rowsFrom = 0;
  let isShown = false;
  return {
    onProgress(progress) {
      const now = io.now();
      if (progress.stage !== stage) {
        stage = progress.stage;
        stageFrom = now;
        rowsFrom = progress.rows;
      }
      if (now - shownAt < (isTerminal ? terminalEvery : elsewhereEvery)) return;
      shownAt = now;
      const text = progressText(progress, (now - stageFrom) / 1000, progress.rows - rowsFrom);
      isShown = isTerminal;
      io.stderr.write(isTerminal ? `\r\x1b[2K${truncateText(text, io.columns - 1)}` : `${text}\n`);
    },
    clear() {
      if (isShown) io.stderr.write("\r\x1b[2K");
      isShown = false;
    },
  };
}

/** `read  1,243,021 rows  1.1 M rows/s  62 %  4 s left  note`; what cannot be known is left out. */
export function progressText(progress: Progress, seconds: number, rowsSinceStart: number): string {
  const { stage, rows, note } = progress;
  const done = doneShare(progress);
  const parts = [stage, `${formatCount(rows)} rows`];
  if (seconds > 0.2 && rowsSinceStart > 0) parts.push(`${formatRate(rowsSinceStart / seconds)} rows/s`);
  if (done !== undefined) {
    parts.push(formatShare(Math.round(done * 100) / 100));
    if (seconds > 1 && done > 0.02 && done < 1)
      parts.push(`${formatDuration(Math.ceil((seconds * (1 - done)) / done))} left`);
  }
  if (note !== undefined) parts.push(note);
  return escapeText(parts.join("  "));
}

function doneShare({ rows, total, bytes, totalBytes }: Progress): number | undefined {
  if (bytes !== undefined && totalBytes !== undefined && totalBytes > 0)
    return Math.min(1, bytes / totalBytes);
  return total !== undefined && total > 0 ? Math.min(1, rows / total) : undefined;
}
