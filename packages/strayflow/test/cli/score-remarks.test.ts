import { expect, test } from "vitest";
import { auditLines } from "../../src/cli/audit-lines.ts";
import { budgetLines, sensorLines } from "../../src/cli/score-remarks.ts";
import type { SensorFinding } from "../../src/detect/sensor.ts";

const finding: SensorFinding = {
  fault: "oneSided",
  sentence:
    "the tap sees one direction only in a\u001b[31m.log: 96 % of TCP connections with data have no packet from the other end; usually 12 %",
  from: 0,
  to: 1,
  rows: 100,
  share: 0.96,
  usual: 0.12,
  folded: 1204,
};

test("trouble with the sensor says how many connections it explains, and cannot move the cursor", () => {
  const [line, ...rest] = sensorLines([finding]);
  expect(rest).toEqual([]);
  expect(line).not.toContain("\u001b");
  expect(line).toMatch(
    /^The tap sees one direction only in .*; usually 12 %\. 1,204 connections that this explains are not flagged\.$/,
  );
  expect(sensorLines(Array.from({ length: 8 }, () => finding)).at(-1)).toBe(
    "3 more times of trouble with the sensor; --json lists all.",
  );
});

test("asked and realised stand beside each other, day by day; a day without incidents is one of them", () => {
  const realised = [
    { day: "2025-02-27", incidents: 12 },
    { day: "2025-02-28", incidents: 0 },
  ];
  const lines = budgetLines({ asked_per_day: 10, p_value: 1 / 12_000, expected_per_day: 10, realised });
  expect(lines[0]).toBe("Asked for: at most 10 incidents on an ordinary day, flagged at 1 in 12,000.");
  expect(lines.slice(1).map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ["day (UTC)", "incidents", "asked"],
    ["2025-02-27", "12", "10"],
    ["2025-02-28", "0", "10"],
  ]);
  const year = Array.from({ length: 365 }, (_, i) => ({ day: `day ${i}`, incidents: i % 5 }));
  expect(budgetLines({ asked_per_day: 3, p_value: 0.001, expected_per_day: 3, realised: year })).toHaveLength(
    2,
  );
  expect(budgetLines(undefined)).toEqual([]);
});

test("an audit is said worst first, with what can be done about it", () => {
  const scan = {
    kind: "scan",
    sentence: "10.0.0.23 tried 3,000 ports of 10.0.0.5",
    rows: 3000,
    share: 0.3,
    evidence: "suspicious",
  } as const;
  const remark = {
    kind: "one-host",
    sentence: "10.0.0.23 opens 60 % of all connections",
    rows: 6000,
    share: 0.6,
    evidence: "remark",
  } as const;
  expect(auditLines({ rows: 10_000, findings: [scan, remark], excluded: 0, warnings: [] })).toEqual([
    "In the logs to learn from:",
    "  10.0.0.23 tried 3,000 ports of 10.0.0.5.",
    "  10.0.0.23 opens 60 % of all connections.",
    "What a model learns from, it calls normal: these 3,000 suspicious connections are left out with --exclude-suspicious.",
  ]);
  expect(
    auditLines({
      rows: 10_000,
      findings: [scan],
      excluded: 3000,
      warnings: ["30 % of the rows are left out as suspicious"],
    }).slice(-2),
  ).toEqual([
    "3,000 of 10,000 connections (30 %) were left out.",
    "30 % of the rows are left out as suspicious",
  ]);
  expect(auditLines({ rows: 10, findings: [], excluded: 0, warnings: [] })).toEqual([]);
});
