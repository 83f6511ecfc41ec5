import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatOneIn,
  formatShare,
} from "../../src/base/units.ts";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [512, "512 bytes"],
  [999.4, "999 bytes"],
  [999.6, "1 kB"],
  [40_000, "40 kB"],
  [1_449, "1.4 kB"],
  [999_600, "1 MB"],
  [1.4e9, "1.4 GB"],
  [123e12, "123 TB"],
  [5e18, "5,000 PB"],
  [-2000, "−2 kB"],
  [NaN, "–"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0 s"],
  [0.00004, "40 µs"],
  [0.85, "850 ms"],
  [0.9999, "1 s"],
  [3.2, "3.2 s"],
  [59.97, "1 min"],
  [250, "4 min 10 s"],
  [3599.7, "1 h"],
  [7500, "2 h 5 min"],
  [86_399, "1 d"],
  [273_600, "3 d 4 h"],
  [4e9, "46,296 d 7 h"],
  [Infinity, "–"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, "0"],
  [12_431, "12,431"],
  [0.25, "0.25"],
  [14.23, "14.2"],
  [1234.5, "1,235"],
  [-7, "−7"],
  [1e16, "over 999 trillion"],
])("the count %d is %s", (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [1, "nearly always"],
  [0.5, "1 in 2"],
  [0.3, "1 in 3.3"],
  [1 / 6012, "1 in 6,000"],
  [1 / 210_400, "1 in 210,000"],
  [0, "never"],
  [1e-20, "next to never"],
])("the probability %d is %s", (p, text) => {
  expect(formatOneIn(p)).toBe(text);
});

test.each([
  [0, "0 %"],
  [0.0001, "under 0.1 %"],
  [0.004, "0.4 %"],
  [0.35, "35 %"],
  [1, "100 %"],
])("the share %d is %s", (share, text) => {
  expect(formatShare(share)).toBe(text);
});

test("a rate is bytes per second", () => {
  expect(formatByteRate(2.5e6)).toBe("2.5 MB/s");
});

test("no number is shown in scientific notation or with a run of digits that nobody can read", () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      for (const format of [formatBytes, formatDuration, formatCount, formatShare, formatOneIn]) {
        expect(format(value)).not.toMatch(/NaN|Infinity|\de|\d{4,}/);
      }
    }),
  );
});
