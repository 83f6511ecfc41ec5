import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IncidentGrouper, type Incident } from "../../src/detect/incidents/index.ts";
import type { Alert } from "../../src/detect/alert.ts";
import { displayWidth } from "../../src/output/display-width.ts";
import { incidentJson } from "../../src/output/incident-json.ts";
import { incidentTableWriter, timesText, type IncidentNotes } from "../../src/output/incident-table.ts";
import { incidentVerdict } from "../../src/output/incident-verdict.ts";
import { openOutput } from "../../src/output/output-file.ts";
import { makeAlert, makeDetection, makeReason } from "../detect/make-alert.ts";
import { collector } from "./collect.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-incidents-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = 1_740_229_495;

function group(...alerts: Partial<Alert>[]): Incident[] {
  const grouper = new IncidentGrouper();
  for (const alert of alerts) grouper.add(makeAlert(alert));
  return grouper.finish();
}

async function write(
  incidents: readonly Incident[],
  notes: IncidentNotes = {},
  { colour = false, closing = [] as string[] } = {},
): Promise<string> {
  const path = join(folder, "incidents");
  await using output = await openOutput(path, collector());
  const writer = incidentTableWriter(output, { columns: 100, colour });
  for (const incident of incidents) await writer.add(incident, notes);
  await writer.finish(closing);
  await output.commit();
  return (await readFile(path)).toString();
}

const scan = Array.from({ length: 1024 }, (_, i) => ({
  end: start + i / 6,
  responderPort: i + 1,
  uid: `C${String(i).padStart(17, "0")}`,
  pValue: 2e-7,
  sentBytes: 0,
  detections: [
    makeDetection(
      "port-scan",
      1e-7,
      `10.0.0.23 tried ${i + 1} ports of 10.0.0.5 in 3 min; it usually contacts 4 a day`,
    ),
  ],
  reasons: [makeReason("orig_failed_1h", "99 % of its connections in 1 h failed; usually 4 %; 1 in 40,000")],
}));

const transfer: Partial<Alert> = {
  ts: start - 7500,
  end: start + 86_400,
  uid: "CHhAvVGS1DHFjwGM9",
  originator: "10.0.0.42",
  responder: "2001:db8::9",
  responderPort: 8443,
  service: "ssl",
  state: "SF",
  pValue: 1 / 21_000,
  sentBytes: 1.4e9,
  receivedBytes: 31_000,
  reasons: [
    makeReason("sent_bytes", "sent 1.4 GB; usually 40 kB; 1 in 21,000"),
    makeReason("duration", "lasted 1 d 2 h; usually 3 s; 1 in 9,000"),
  ],
  caveats: ["this host has only 37 connections of history"],
};

test("it is what a person reads, the worst first", async () => {
  const incidents = group(...scan, transfer);
  const notes = {
    counterfactual: "below 30 MB this would be normal",
    similar: [
      {
        ts: start - 90_000,
        originator: "10.0.0.42",
        responder: "203.0.113.9",
        responderPort: 443,
        proto: "tcp",
        service: "ssl",
        state: "SF",
      },
    ],
  };
  const verdict = incidentVerdict(incidents, { count: 2, flagged: 1025, rows: 20_481 });
  const first = await write([incidents[0]!], {}, {});
  const second = await write([incidents[1]!], notes, { closing: [verdict] });
  expect(`\n${first}`).toMatchInlineSnapshot(`
    "
      #  severity  incident (times are UTC)
      1  critical  10.0.0.23 tried 1024 ports of 10.0.0.5 in 3 min; it usually contacts 4 a day
                   2025-02-22 13:04:55 to 13:07:45, 1,024 connections, 1,024 ports, 1 in 4,200,000
                   99 % of its connections in 1 h failed; usually 4 %; 1 in 40,000
                   first  13:04:55  C00000000000000000  10.0.0.23 -> 10.0.0.5:1 tcp S0
                   last   13:07:45  C00000000000001023  10.0.0.23 -> 10.0.0.5:1024 tcp S0
    "
  `);
  expect(`\n${second}`).toMatchInlineSnapshot(`
    "
      #  severity  incident (times are UTC)
      1  low       10.0.0.42 made an unusual connection to port 8443 of 2001:db8::9: sent 1.4 GB;
                   usually 40 kB; 1 in 21,000
                   2025-02-22 10:59:55 to 2025-02-23 13:04:55, 1 connection, sent 1.4 GB,
                     received 31 kB, 1 in 21,000
                   lasted 1 d 2 h; usually 3 s; 1 in 9,000
                   below 30 MB this would be normal
                   caution: this host has only 37 connections of history
                   2025-02-22 10:59:55  CHhAvVGS1DHFjwGM9  10.0.0.42 -> [2001:db8::9]:8443 tcp ssl SF
                   normal connections that resemble it most:
                   2025-02-21 12:04:55  10.0.0.42 -> 203.0.113.9:443 tcp ssl SF

    2 incidents: 1 critical, 1 low; from 1,025 flagged of 20,481 connections.
    "
  `);
});

test("a time span tells its date once where it can", () => {
  expect(timesText(start, start)).toBe("2025-02-22 13:04:55");
  expect(timesText(start, start + 183)).toBe("2025-02-22 13:04:55 to 13:07:58");
  expect(timesText(start, start + 86_400)).toBe("2025-02-22 13:04:55 to 2025-02-23 13:04:55");
});

test("colour only marks what words say as well", async () => {
  const incidents = group(...scan, transfer);
  const plain = await write(incidents);
  // oxlint-disable-next-line no-control-regex
  expect((await write(incidents, {}, { colour: true })).replace(/\x1b\[\d+m/g, "")).toBe(plain);
});

test("no incident is told plainly", async () => {
  expect(await write([], {}, { closing: [incidentVerdict([], { count: 0, flagged: 0, rows: 1204 })] })).toBe(
    "No incidents: none of 1,204 connections is flagged.\n",
  );
});

test("when not all were kept, the verdict says so", () => {
  expect(incidentVerdict(group(transfer), { count: 12, flagged: 40, rows: 1204 })).toBe(
    "12 incidents (the 1 worst were kept): 1 low; from 40 flagged of 1,204 connections.",
  );
});

describe("hostile text", () => {
  const nasty = fc.string({
    unit: fc.constantFrom(
      "a",
      " ",
      "\x1b[2J",
      "\n",
      "\r",
      "\u202e",
      "\u{e0041}",
      "漢",
      "=",
      "\x00",
      "e\u0301",
      "\ud800",
    ),
    maxLength: 80,
  });

  test("stays within its columns, on its lines and inert", async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, nasty, async (uid, service, sentence, reason) => {
        const alert = {
          uid,
          service,
          proto: service,
          state: uid,
          detections: [makeDetection("beacon", 1e-5, sentence)],
          reasons: [makeReason("f", reason)],
          caveats: [reason],
        };
        const similar = [
          {
            ts: start,
            originator: "10.0.0.1",
            responder: "10.0.0.2",
            responderPort: 1,
            proto: uid,
            service,
            state: uid,
          },
        ];
        const text = await write(group(alert), { similar });
        // oxlint-disable-next-line no-control-regex
        expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e\u{e0041}\ud800]/u);
        for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(100);
      }),
      { numRuns: 60 },
    );
  });

  test("of any length leaves a short incident", () => {
    const long = "x".repeat(100_000);
    const [incident] = group({ uid: long, service: long, proto: long, state: long });
    expect(JSON.stringify(incidentJson(incident!)).length).toBeLessThan(20_000);
  });
});

test("as JSON an incident has Zeek's names for what Zeek logged, and nothing for what is unknown", () => {
  const [incident] = group(transfer);
  const json = incidentJson(incident!);
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(json).toMatchObject({
    severity: "low",
    kind: "unusual-connection",
    host: "10.0.0.42",
    role: "originator",
    first_seen: start - 7500,
    last_seen: start + 86_400,
    alerts: 1,
    targets: { count: 1, exact: true, some: ["2001:db8::9"] },
    ports: { count: 1, exact: true, some: ["8443"] },
    sent_bytes: 1.4e9,
    caveats: ["this host has only 37 connections of history"],
    evidence: [
      { uid: "CHhAvVGS1DHFjwGM9", "id.resp_p": 8443, service: "ssl", conn_state: "SF", orig_bytes: 1.4e9 },
    ],
    story: [{ moment: "first", text: "sent 1.4 GB; usually 40 kB; 1 in 21,000" }],
  });
  expect(incidentJson(group({})[0]!)).not.toHaveProperty("sent_bytes");
});
