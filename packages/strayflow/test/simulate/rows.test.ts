import * as fc from "fast-check";
import { expect, test } from "vitest";
import { logged } from "../../src/simulate/connection.ts";
import { lineBuffer } from "../../src/simulate/write/line-buffer.ts";
import { appendTsvRow } from "../../src/simulate/write/row-bytes.ts";
import { connColumns, jsonRow, labelColumns, tsvHeader, tsvRow } from "../../src/simulate/write/rows.ts";
import { lifeOf, monday } from "./life-of.ts";

const { flows } = lifeOf({ seed: 1, hosts: 20, day: 1, hour: 9, hours: 2 });
const origins = [
  { kind: "benign" },
  { kind: "background" },
  { kind: "attack", attack: "port-scan", id: 1 },
] as const;

test("the bytes that are written are those of the plain row", () => {
  const out = lineBuffer(100);
  let expected = "";
  flows.forEach((flow, i) => {
    const row = logged(flow, `C${i}`, origins[i % 3]!);
    appendTsvRow(out, row, i % 2 === 0);
    expected += tsvRow(row, i % 2 === 0);
  });
  expect(Buffer.from(out.take()).toString("latin1")).toBe(expected);
  expect(out.length).toBe(0);
});

test("numbers are written digit for digit", () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(), fc.nat(20)), (value) => {
      const out = lineBuffer(1);
      out.countField(value);
      out.secondsField(value);
      const [count, seconds] = Buffer.from(out.take()).toString().split("\t");
      expect(count).toBe(String(value));
      expect(seconds).toBe(`${Math.floor(value / 1e6)}.${String(value % 1_000_000).padStart(6, "0")}`);
    }),
    { numRuns: 500 },
  );
});

test("a row has a field for every column of the header, and JSON says the same", () => {
  const fields = tsvHeader(monday, true)
    .split("\n")
    .find((line) => line.startsWith("#fields"))!
    .split("\t")
    .slice(1);
  expect(fields).toEqual([...connColumns, ...labelColumns].map(([name]) => name));
  flows.forEach((flow, i) => {
    const row = logged(flow, `C${i}`, origins[i % 3]!);
    const values = tsvRow(row, true).trimEnd().split("\t");
    expect(values).toHaveLength(24);
    const json = JSON.parse(jsonRow(row, true)) as Record<string, unknown>;
    const fromTsv = fields.flatMap((name, k) =>
      values[k] === "-" ? [] : [[name, plain(values[k]!)] as const],
    );
    expect(json).toEqual(Object.fromEntries(fromTsv));
  });
});

function plain(value: string): unknown {
  if (value === "T" || value === "F") return value === "T";
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
