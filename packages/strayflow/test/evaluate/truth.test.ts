import { expect, test } from "vitest";
import { ExpectedError } from "../../src/base/errors.ts";
import { makeBatch } from "../features/make-batch.ts";
import { openTruthMarks, parseTruth, readTruth } from "../../src/evaluate/truth.ts";

test("labels are read by uid, with or without a head, in any order of columns", () => {
  const expected = new Map([
    ["Cabc", "scan"],
    ["Cdef", ""],
  ]);
  for (const text of [
    "Cabc,scan\nCdef,Benign\n",
    "uid,label\r\nCabc,scan\r\nCdef,normal\r\n",
    "\ufeffLabel,note,UID\nscan,x,Cabc\n-,y,Cdef",
    "uid,attack,attack_id\nCabc,scan,1\nCdef,-,2",
    `# made by hand\n"Cabc","scan"\n\nCdef,""`,
  ]) {
    expect(parseTruth(text, "t.csv").labels).toEqual(expected);
  }
});

test("quoted labels keep commas and quotes", () => {
  expect(parseTruth(`Cabc,"C&C, ""slow"""`, "t.csv").labels.get("Cabc")).toBe(`C&C, "slow"`);
});

test("rows are marked by their uid, and uids that no row has are counted", () => {
  const marks = openTruthMarks(parseTruth("Cabc,scan\nCdef,Benign\nCghi,beacon\nCxyz,scan", "t.csv"));
  const batch = makeBatch([{ uid: "Cghi" }, { uid: "Cother" }, {}, { uid: "Cabc" }, { uid: "Cdef" }]);
  expect([...marks.mark(batch)]).toEqual([2, 0, 0, 1, 0]);
  expect(marks.names).toEqual(["", "scan", "beacon"]);
  expect(marks.missing()).toBe(1);
});

test("faults name the file and the line, what was found and what was expected", async () => {
  const faults: readonly (readonly [string, number | undefined, RegExp])[] = [
    ["Cabc\n", 1, /expected uid,label, found "Cabc"/],
    ["uid,kind\nCabc,scan", 1, /expected the columns uid and label \(or attack\), found "uid,kind"/],
    ["Cabc,scan\nC abc,scan", 2, /expected a uid such as/],
    ["Cabc,scan\nCabc,beacon", 2, /"beacon" here and "scan" before/],
    [`Cabc,"scan`, 1, /a quote is not closed/],
    ["", undefined, /found none/],
    ["uid,label\n", undefined, /found none/],
  ];
  for (const [text, line, message] of faults) {
    const error = errorOf(() => parseTruth(text, "t.csv"));
    expect(error.kind).toBe("labels-format");
    expect(error.message).toMatch(message);
    expect(error.place).toEqual({ file: "t.csv", ...(line !== undefined && { line }) });
  }
  await expect(readTruth("/nowhere/t.csv")).rejects.toMatchObject({ kind: "input-missing" });
});

function errorOf(act: () => unknown): ExpectedError {
  try {
    act();
  } catch (error) {
    if (error instanceof ExpectedError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
