import { expect, test } from "vitest";
import { SensorWatch } from "../../src/detect/sensor.ts";
import type { CaptureRates } from "../../src/model/capture-faults.ts";
import { makeBatch, type SomeConnection } from "../features/make-batch.ts";
import { afternoon, conversation, inVain } from "./audit/traffic.ts";

const usual: CaptureRates = { rows: 10_000, oneSided: 0.12, missed: 0.002, flipped: 0, midstream: 0.01 };

function traffic(
  count: number,
  more: (index: number) => SomeConnection = () => ({}),
  from = afternoon,
): SomeConnection[] {
  return Array.from({ length: count }, (_, i) =>
    conversation(from + i * 5, `10.0.0.${i % 20}`, "93.184.1.1", 443, more(i)),
  );
}

const silent = { resp_pkts: 0, resp_bytes: 0, history: "SADF" };

/** Watches rows that are all flagged; `explained` has a 1 for each that no longer is. */
function watch(
  rows: readonly SomeConnection[],
  batchRows = 500,
): { sensor: SensorWatch; explained: number[] } {
  const sensor = new SensorWatch(usual);
  const explained: number[] = [];
  for (let at = 0; at < rows.length; at += batchRows) {
    const batch = makeBatch(rows.slice(at, at + batchRows));
    const flagged = new Uint8Array(batch.rows).fill(1);
    sensor.add(batch, flagged, new Set());
    explained.push(...flagged.map((flag) => 1 - flag));
  }
  return { sensor, explained };
}

test("what is not flagged, or said by a named detector, is left alone", () => {
  const batch = makeBatch(traffic(600, () => silent));
  const flagged = Uint8Array.from({ length: 600 }, (_, row) => (row >= 300 ? 1 : 0));
  const sensor = new SensorWatch(usual);
  sensor.add(batch, flagged, new Set([500]));
  expect(flagged.reduce((sum, flag) => sum + flag, 0)).toBe(1);
  expect(flagged[500]).toBe(1);
  expect(sensor.findings()[0]!.folded).toBe(299);
});

test("a tap that loses one direction is one finding, since when, and the odd rows are its doing", () => {
  const rows = [...traffic(720), ...traffic(1000, (i) => (i % 25 === 0 ? {} : silent), afternoon + 3600)];
  const { sensor, explained } = watch(rows);
  const findings = sensor.findings();
  expect(findings).toHaveLength(1);
  expect(findings[0]!.sentence).toBe(
    "the tap sees one direction only since 2025-02-27 15:00 UTC: 95.9 % of TCP connections with data have no packet from the other end; usually 12 %",
  );
  const folded = explained.filter((one) => one > 0).length;
  // The first some rows pass before it is certain.
  expect(folded).toBeGreaterThan(900);
  expect(findings[0]!.folded).toBe(folded);
  expect(explained.slice(0, 720).some((one) => one > 0)).toBe(false);
});

test("trouble that ends has an end, and each kind is told apart", () => {
  const rows = [
    ...traffic(720),
    ...traffic(240, (i) => (i % 3 === 0 ? { missed_bytes: 3000 } : {}), afternoon + 3600),
    ...traffic(720, () => ({}), afternoon + 4800),
    ...traffic(
      240,
      (i) => ({ history: i % 2 === 0 ? "^dDa" : "ShADadFf", conn_state: i % 2 === 0 ? "OTH" : "SF" }),
      afternoon + 8400,
    ),
  ];
  const { sensor } = watch(rows);
  expect(sensor.findings().map(({ fault, from }) => [fault, from])).toEqual([
    ["missed", afternoon + 3600],
    ["flipped", afternoon + 8400],
    ["midstream", afternoon + 8400],
  ]);
  expect(sensor.findings()[0]!.sentence).toMatch(
    /^the sensor loses packets between 2025-02-27 15:00 UTC and 2025-02-27 15:\d\d UTC: 33\.3 % of TCP connections with data have gaps; usually 0\.2 %$/,
  );
});

test("scans and floods of empty connections are no trouble with the sensor", () => {
  const scan = Array.from({ length: 5000 }, (_, i) =>
    inVain(afternoon + i * 0.1, `10.0.0.${i % 9}`, "10.0.0.5", i),
  );
  const { sensor, explained } = watch([...traffic(300), ...scan]);
  expect(sensor.findings()).toEqual([]);
  expect(explained.some((one) => one > 0)).toBe(false);
});

test("one host with such connections is that host's matter", () => {
  const rows = Array.from({ length: 500 }, (_, i) =>
    conversation(afternoon + i, "10.0.0.7", "93.184.1.1", 443, silent),
  );
  expect(watch(rows).sensor.findings()).toEqual([]);
});

test("usual shares and a few bad rows are not worth a word", () => {
  const { sensor } = watch(
    traffic(3000, (i) => (i % 8 === 0 ? silent : i % 400 === 0 ? { missed_bytes: 1 } : {})),
  );
  expect(sensor.findings()).toEqual([]);
});

test("a file with too little in each window is judged as a whole", () => {
  const rows = Array.from({ length: 200 }, (_, i) =>
    conversation(afternoon + i * 120, `10.0.0.${i % 20}`, "93.184.1.1", 443, i % 2 === 0 ? silent : {}),
  );
  const findings = watch(rows).sensor.findings();
  expect(findings.map(({ fault, file }) => [fault, file])).toEqual([["oneSided", "test"]]);
  expect(findings[0]!.sentence).toContain("the tap sees one direction only in test: 50 %");
});

test("where batches are cut makes no difference", () => {
  const rows = [
    ...traffic(300),
    ...traffic(300, (i) => (i % 3 === 0 ? {} : silent), afternoon + 1500),
    ...traffic(200, () => ({}), afternoon + 4000),
  ];
  const whole = watch(rows, 10_000);
  for (const batchRows of [1, 7, 64]) {
    const cut = watch(rows, batchRows);
    expect(cut.explained).toEqual(whole.explained);
    expect(cut.sensor.findings()).toEqual(whole.sensor.findings());
  }
});
