import fc from "fast-check";
import { expect, test } from "vitest";
import type { Batch } from "../../src/zeek/index.ts";
import { LogScanner } from "../../src/zeek/log-scanner.ts";
import { anyLog, plainLog, plainRow, scan } from "./logs.ts";
import { rowsOf, withoutPlace } from "./tsv-reference.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Reads a log with a new scanner at each of these bytes, which knows nothing but the header and the offset that the one before reached. */
function readInLives(bytes: Uint8Array, ends: readonly number[], maxLineBytes?: number) {
  const batches: Batch[] = [];
  const rejects: string[] = [];
  const offsets: number[] = [];
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    const scanner: LogScanner = new LogScanner({
      file: "conn.log",
      maxLineBytes,
      onBatch: (batch) => {
        batches.push(batch);
        offsets.push(scanner.offset);
      },
      onReject: ({ reason }) => rejects.push(reason),
    });
    if (from > 0) scanner.enter(headerBefore(bytes, from), from);
    if (end > from) scanner.push(bytes.subarray(from, end));
    if (end === bytes.length) scanner.flush();
    else scanner.emit();
    from = scanner.offset;
  }
  return { batches, rejects, offsets, last: from };
}

/** The directives before a place, those of earlier headers included. */
function headerBefore(bytes: Uint8Array, end: number): Uint8Array {
  const lines = decoder.decode(bytes.subarray(0, end)).split(/(?<=\n)/);
  return encoder.encode(lines.filter((line) => line.replace("\ufeff", "").startsWith("#")).join(""));
}

test("a scanner that enters a log where another has stopped finds the connections that follow", () => {
  const log = fc.oneof(
    anyLog(12),
    fc.tuple(anyLog(6), anyLog(6)).map(([first, second]) => `\ufeff${first}\n#close\n${second}`),
  );
  fc.assert(
    fc.property(log, fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
      const bytes = encoder.encode(text);
      const ends = cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b);
      const whole = scan([bytes]);
      const lives = readInLives(bytes, ends);
      expect(withoutPlace(rowsOf(lives.batches))).toEqual(withoutPlace(rowsOf(whole.batches)));
      expect(lives.rejects).toEqual(whole.rejects.map(({ reason }) => reason));
      expect(lives.last).toBe(bytes.length);
    }),
  );
});

test("the offset is the end of a line, and the header of the next rows is not behind it", () => {
  const bytes = encoder.encode(`${plainLog([{}, {}])}${plainLog([{}, {}], Object.keys(plainRow).reverse())}`);
  const ends = Array.from({ length: bytes.length / 7 }, (_, index) => index * 7);
  const { offsets, batches } = readInLives(bytes, ends);
  expect(batches.reduce((rows, batch) => rows + batch.rows, 0)).toBe(4);
  for (const offset of offsets) expect(offset === bytes.length || bytes[offset - 1] === 10).toBe(true);
});

test("a line that is dropped because it is too long is dropped again by whoever enters in its middle", () => {
  const long = { ...plainRow, uid: "x".repeat(5000) };
  const lines = [plainRow, long, plainRow].map((row) => `${Object.values(row).join("\t")}\n`);
  const bytes = encoder.encode(`${plainLog([{}])}\n${lines.join("")}`);
  const whole = scan([bytes], { maxLineBytes: 1000 });
  const lives = readInLives(bytes, [bytes.length - 3000, bytes.length - 1500], 1000);
  expect(withoutPlace(rowsOf(lives.batches))).toEqual(withoutPlace(rowsOf(whole.batches)));
  expect(whole.tally.rows).toBe(3);
});
