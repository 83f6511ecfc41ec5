import { expect, test } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { progressLine, progressText } from "../../src/cli/progress-line.ts";
import { collector } from "../output/collect.ts";

/** A progress line with a clock that the test moves. */
function underClock(isTTY: boolean) {
  let now = 0;
  const stderr = Object.assign(collector(), { isTTY });
  const io = { stderr, columns: 60, now: () => now } as unknown as Io;
  const line = progressLine(io);
  return {
    line,
    at: (milliseconds: number, rows: number, stage = "read", note?: string) => {
      now = milliseconds;
      line.onProgress({
        stage,
        rows,
        bytes: rows,
        totalBytes: 1000,
        ...(note === undefined ? {} : { note }),
      });
    },
    text: () => stderr.text(),
  };
}

test("a terminal shows one line that is drawn over and removed", () => {
  const { line, at, text } = underClock(true);
  at(0, 0);
  at(200, 100);
  at(250, 110);
  at(2000, 500);
  line.clear();
  line.clear();
  expect(text().split("\r\x1b[2K")).toEqual([
    "",
    "read  100 rows  10 %",
    "read  500 rows  250 rows/s  50 %  2 s left",
    "",
  ]);
});

test("work of a moment shows nothing", () => {
  const { line, at, text } = underClock(true);
  at(20, 10);
  at(149, 1000);
  line.clear();
  expect(text()).toBe("");
});

test("elsewhere a line comes every few seconds", () => {
  const { at, text } = underClock(false);
  for (let second = 0; second <= 12; second++) at(second * 1000, second * 10);
  expect(text()).toBe(
    "read  50 rows  10 rows/s  5 %  1 min 35 s left\nread  100 rows  10 rows/s  10 %  1 min 30 s left\n",
  );
});

test("a new stage counts from its own beginning", () => {
  const { at, text } = underClock(true);
  at(0, 0);
  at(10_000, 900);
  at(10_500, 0, "score");
  at(11_500, 100, "score");
  expect(text().split("\r\x1b[2K").at(-1)).toBe("score  100 rows  100 rows/s  10 %");
});

test("a line never wraps, and its note cannot act on the terminal", () => {
  const { at, text } = underClock(true);
  at(300, 10, "read", `\x1b[2J${"long ".repeat(40)}`);
  const shown = text().replace("\r\x1b[2K", "");
  expect(shown).toHaveLength(59);
  expect(shown).not.toContain("\x1b");
});

test("what cannot be known is left out", () => {
  expect(progressText({ stage: "read", rows: 1_243_021 }, 1.13, 1_243_021)).toBe(
    "read  1,243,021 rows  1.1 M rows/s",
  );
  expect(progressText({ stage: "fit", rows: 5, total: 10, note: "loss 0.1" }, 2, 0)).toBe(
    "fit  5 rows  50 %  2 s left  loss 0.1",
  );
});
