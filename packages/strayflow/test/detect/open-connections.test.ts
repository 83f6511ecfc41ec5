import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { OpenConnections, type OpenConnectionsState } from "../../src/detect/open-connections.ts";
import type { Batch } from "../../src/zeek/index.ts";
import { scan } from "../zeek/logs.ts";

const start = 1_740_000_000;
const hour = 3600;
const header =
  "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\n";

interface Row {
  readonly uid: string;
  readonly seconds: number;
  readonly sent?: number;
  readonly port?: number;
  readonly ts?: number;
}

function batchesOf(rows: readonly Row[]): readonly Batch[] {
  const lines = rows.map(({ uid, seconds, sent = 900, port = 443, ts = start }) =>
    [ts, uid, "10.0.0.5", 50_000, "1.2.3.4", port, "tcp", "ssl", seconds, sent, 4000, "S1"].join("\t"),
  );
  return scan([Buffer.from(`${header}${lines.join("\n")}\n`)]).batches;
}

function batchOf(rows: readonly Row[]): Batch {
  return batchesOf(rows)[0]!;
}

/** One that has seen some hours of ordinary traffic, and long connections to port 179 as usual. */
function experienced(): OpenConnections {
  const open = new OpenConnections(0.001);
  const random = seededRandom(5);
  const rows = Array.from({ length: 30_000 }, (_, i): Row => {
    if (i % 1000 === 0) return { uid: `B${i}`, seconds: 40 * hour, port: 179 };
    return {
      uid: `C${i}`,
      seconds: 0.1 + random.uniform() ** 4 * 120,
      sent: Math.ceil(random.uniform() * 9000),
    };
  });
  for (const batch of batchesOf(rows)) for (let row = 0; row < batch.rows; row++) open.ended(batch, row);
  return open;
}

function hear(open: OpenConnections, row: Row, now = start + row.seconds) {
  return open.judge(batchOf([row]), 0, now);
}

test("one that stays open far longer than those that ended is told of, with what it has sent so far", () => {
  const open = experienced();
  expect(hear(open, { uid: "L", seconds: 700 })).toBeUndefined();
  const alert = hear(open, { uid: "L", seconds: 90 * hour, sent: 4000 })!;
  expect(alert).toMatchObject({ uid: "L", originator: "10.0.0.5", responderPort: 443 });
  expect(alert.detections).toHaveLength(1);
  expect(alert.detections[0]).toMatchObject({ detector: "long-connection" });
  expect(alert.detections[0]!.sentence).toContain(
    "10.0.0.5 has held a connection to port 443 of 1.2.3.4 open for 3 d 18 h, with 4 kB sent so far; of 30,000 connections that have ended, none lasted as long",
  );
  expect(alert.pValue).toBeLessThanOrEqual(0.0001);
});

test("one that has sent far more than any is told of before it is long", () => {
  const open = experienced();
  const alert = hear(open, { uid: "X", seconds: 900, sent: 4e9 })!;
  expect(alert.detections.map(({ detector }) => detector)).toEqual(["exfiltration"]);
});

test("it is told of again only when it is much more or much older, and not when it is over", () => {
  const open = experienced();
  const told = [];
  for (let seconds = 60 * hour; seconds <= 90 * hour; seconds += 600)
    if (hear(open, { uid: "L", seconds }) !== undefined) told.push(seconds / hour);
  expect(told.length).toBeGreaterThan(2);
  for (const [i, at] of told.slice(1).entries()) expect(at - told[i]!).toBe(6);
  const over = batchOf([{ uid: "L", seconds: 90 * hour }]);
  open.ended(over, 0);
  expect(open.save().held.size).toBe(0);
  expect(hear(open, { uid: "L", seconds: 89 * hour }, start + 95 * hour)).toBeUndefined();
});

test("a service whose connections often last so long is excused", () => {
  const open = experienced();
  expect(hear(open, { uid: "L", seconds: 35 * hour, port: 179 })).toBeUndefined();
});

test("without experience it says nothing, and what it remembers stays small whatever comes", () => {
  const open = new OpenConnections(0.001);
  expect(hear(open, { uid: "L", seconds: 90 * hour })).toBeUndefined();
  const known = experienced();
  for (let i = 0; i < 6000; i += 1000) {
    const rows = Array.from({ length: 1000 }, (_, j) => ({ uid: `N${i + j}`, seconds: 90 * hour }));
    const batch = batchOf(rows);
    for (let row = 0; row < batch.rows; row++) known.judge(batch, row, start + 90 * hour);
  }
  const ports = batchOf(Array.from({ length: 3000 }, (_, i) => ({ uid: `P${i}`, seconds: 1, port: i })));
  for (let row = 0; row < ports.rows; row++) known.ended(ports, row);
  const { held, services } = known.save();
  expect(held.size).toBe(4096);
  expect(services.size).toBeLessThanOrEqual(512);
  expect(services.has("tcp 443")).toBe(true);
});

test("gone on from what was saved, it says the same", () => {
  const one = experienced();
  hear(one, { uid: "L", seconds: 60 * hour });
  const other = new OpenConnections(0.001);
  other.load(deserialize(serialize(one.save())) as OpenConnectionsState);
  for (const row of [
    { uid: "L", seconds: 61 * hour },
    { uid: "L", seconds: 67 * hour },
    { uid: "M", seconds: 80 * hour },
  ])
    expect(hear(other, row)).toEqual(hear(one, row));
});
