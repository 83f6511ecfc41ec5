import { expect, test } from "vitest";
import { errorKinds, ExpectedError } from "../../src/base/errors.ts";
import { errorReport, exitStatus } from "../../src/cli/error-report.ts";

test("an expected failure says what, where and what to do, without a stack", () => {
  const error = new ExpectedError("log-format", "expected 22 fields, found 3", { file: "conn.log", line: 7 });
  expect(errorReport(error, false)).toBe(
    `strayflow: expected 22 fields, found 3 (conn.log:7)\n  ${errorKinds["log-format"].help}\n`,
  );
  expect(exitStatus(error)).toBe(65);
});

test("standard input is called by its name", () => {
  expect(errorReport(new ExpectedError("log-format", "no header", { file: "-" }), false)).toContain(
    "(standard input)",
  );
});

test("a bug exits 70 and keeps its stack for --debug", () => {
  const error = new TypeError("x is not a function");
  expect(errorReport(error, false)).toMatch(
    /^strayflow: internal error: x is not a function\n {2}This is a fault/,
  );
  expect(errorReport(error, true)).toContain("error-report.test.ts");
  expect(exitStatus(error)).toBe(70);
  expect(exitStatus("thrown text")).toBe(70);
});

test("nothing in a message acts on the terminal, not even with --debug", () => {
  const error = new ExpectedError("log-format", "found \x1b[2J\n\u202e", { file: "a\x1b]0;x\x07.log" });
  // oxlint-disable-next-line no-control-regex
  expect(errorReport(error, true).replaceAll("\n", "")).not.toMatch(/[\x00-\x1f\u202e]/);
});

test("every kind has an exit status of the contract and advice that ends as a sentence", () => {
  for (const { exit, help } of Object.values(errorKinds)) {
    expect([2, 65, 66, 70, 74]).toContain(exit);
    expect(help).toMatch(/\.$/);
  }
});
