import { expect, test } from "vitest";
import { leaveOut } from "../../src/pipeline/leave-out.ts";
import { splitRows } from "../../src/pipeline/split.ts";
import { afternoon, inVain, ordinaryTraffic, replayable } from "../detect/audit/traffic.ts";

const ordinary = ordinaryTraffic(afternoon, 7200);
const scan = Array.from({ length: 500 }, (_, i) =>
  inVain(afternoon + 600 + i, "10.0.0.23", "10.0.0.5", 1 + i),
);
const rows = [...ordinary, ...scan].toSorted((a, b) => a.ts! + a.duration! - b.ts! - b.duration!);
const source = replayable(rows, 700);
const shares = { train: 0.6, validation: 0.2, test: 0.2 };
const partOf = splitRows(rows.length, { kind: "time", shares }, 1);

async function times(from: { replay(): AsyncIterable<{ ts: Float64Array }> }): Promise<number[]> {
  const all: number[] = [];
  for await (const { ts } of from.replay()) all.push(...ts);
  return all;
}

test("suspicious rows are gone from every replay, the others keep their order and their parts", async () => {
  const clean = await leaveOut(source, partOf, { exclude: "suspicious" });
  const kept = rows.flatMap((row, index) => (row["id.orig_h"] === "10.0.0.23" ? [] : [index]));
  expect(clean.report.excluded).toBe(500);
  expect(clean.source.rows).toBe(kept.length);
  expect(await times(clean.source)).toEqual(kept.map((index) => rows[index]!.ts!));
  expect(await times(clean.source)).toEqual(await times(clean.source));
  expect(kept.map((_, row) => clean.partOf(row))).toEqual(kept.map((index) => partOf(index)));
});

test("rows that are left can be dealt out again, so that the parts keep their shares", async () => {
  const dealAgain = (count: number) => splitRows(count, { kind: "time", shares }, 1);
  const clean = await leaveOut(source, partOf, { exclude: "suspicious", dealAgain });
  const parts = Array.from({ length: clean.source.rows }, (_, row) => clean.partOf(row));
  expect(parts.filter((part) => part === 0).length / parts.length).toBeCloseTo(0.6, 2);
});

test("nothing is left out unless asked, and nothing is touched where all is well", async () => {
  const asked = await leaveOut(source, partOf, {});
  expect(asked.source).toBe(source);
  expect(asked.report).toMatchObject({ excluded: 0, rows: rows.length });
  expect(asked.report.findings[0]!.kind).toBe("scan");
  const fine = replayable(ordinary);
  expect((await leaveOut(fine, partOf, { exclude: "suspicious" })).source).toBe(fine);
});
