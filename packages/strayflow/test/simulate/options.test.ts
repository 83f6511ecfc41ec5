import { expect, test } from "vitest";
import { parseAttackList } from "../../src/simulate/index.ts";
import { attackKinds } from "../../src/simulate/attacks/attacks.ts";
import { attackRows, fittingAttacks } from "../../src/simulate/options.ts";
import { planSimulation } from "../../src/simulate/plan.ts";

test("a list of attacks is read as it is written", () => {
  expect(parseAttackList("none")).toEqual([]);
  expect(parseAttackList("beacon, port-scan:weak")).toEqual([
    { kind: "beacon", strength: "medium" },
    { kind: "port-scan", strength: "weak" },
  ]);
  expect(parseAttackList("all:strong").map(({ kind }) => kind)).toEqual(attackKinds);
  expect(() => parseAttackList("ransomware")).toThrow(
    /unknown attack "ransomware"; expected none, all, port-scan/,
  );
  expect(() => parseAttackList("beacon:mighty")).toThrow(/unknown strength "mighty"; expected faint/);
  expect(() => parseAttackList("")).toThrow(/unknown attack ""/);
});

test("attacks that nobody asked for make up at most a tenth of the rows", () => {
  for (const rows of [10, 1000, 10_000, 100_000, 1_000_000])
    expect(attackRows(fittingAttacks(rows))).toBeLessThanOrEqual(rows / 10);
  expect(fittingAttacks(1_000_000)).toHaveLength(attackKinds.length);
});

test("attacks that would be most of the rows are refused", () => {
  const options = { out: "x", rows: 3000, attacks: parseAttackList("syn-flood:strong") };
  expect(() => planSimulation(options)).toThrow(/about 60000 of 3000 rows; expected at most half/);
});

test("numbers that make no sense are refused with what is possible", () => {
  expect(() => planSimulation({ out: "x", rows: 0 })).toThrow(/rows is 0; expected a whole number from 1/);
  expect(() => planSimulation({ out: "x", rows: 1.5 })).toThrow(/rows is 1.5/);
  expect(() => planSimulation({ out: "x", hosts: 3 })).toThrow(
    /hosts is 3; expected a whole number from 10 to 10000/,
  );
  expect(() => planSimulation({ out: "x", days: Number.NaN })).toThrow(/days is NaN/);
  expect(() => planSimulation({ out: "x", start: new Date("never") })).toThrow(/start/);
});

test("rows and days together size the network, rows alone the time", () => {
  const large = planSimulation({ out: "x", rows: 600_000, days: 3 });
  expect(large.hosts).toBeGreaterThan(120);
  expect(large.pace).toBeGreaterThan(0.6);
  expect(large.pace).toBeLessThan(1.5);
  const long = planSimulation({ out: "x", rows: 1_243_021 });
  expect(long.hosts).toBe(40);
  expect(long.length / 86_400e6).toBeGreaterThan(14);
  expect(long.length / 86_400e6).toBeLessThan(45);
});
