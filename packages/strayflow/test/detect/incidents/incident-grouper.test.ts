import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Alert } from "../../../src/detect/alert.ts";
import { IncidentGrouper, type Incident } from "../../../src/detect/incidents/index.ts";
import { familyOf, makeAlert, makeDetection, makeReason } from "../make-alert.ts";

const start = 1_740_229_495;

function group(alerts: Iterable<Alert>): Incident[] {
  const grouper = new IncidentGrouper({ familyOf });
  for (const alert of alerts) grouper.add(alert);
  return grouper.finish();
}

function address(number: number): string {
  return `${(number >>> 24) & 255}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
}

const manyReasons = makeReason("orig_conns_5m", "opened 312 connections in 5 min; usually 4; 1 in 12,000");

describe("one attack is one incident", () => {
  test("a scan of all 65,536 ports, with its exact number of ports", () => {
    const scan = function* () {
      for (let port = 0; port < 65_536; port++) {
        const sentence = `10.0.0.23 tried ${port + 1} ports of 10.0.0.5`;
        const detections = port < 20 ? [] : [makeDetection("port-scan", 1e-6, sentence)];
        yield makeAlert({
          end: start + port / 300,
          responderPort: port,
          pValue: 1e-6,
          reasons: [manyReasons],
          detections,
        });
      }
    };
    const [incident, ...others] = group(scan());
    expect(others).toEqual([]);
    expect(incident).toMatchObject({
      kind: "port-scan",
      alerts: 65_536,
      ports: { count: 65_536, isExact: true },
      targets: { count: 1, some: ["10.0.0.5"] },
      headline: "10.0.0.23 tried 65536 ports of 10.0.0.5",
      severity: "critical",
    });
    expect(incident!.evidence).toHaveLength(10);
  });

  test("a flood from a quarter of a million spoofed sources, as an incident of the target", () => {
    const sources = 250_000;
    const flood = function* () {
      for (let i = 0; i < sources; i++) {
        const originator = address(Math.imul(i + 1, 0x9e3779b1) >>> 0);
        const reason = makeReason(
          "state_no_reply",
          "state S0 (no reply); usually SF (opened and closed normally)",
        );
        yield makeAlert({ end: start + i / 5000, originator, responderPort: 80, reasons: [reason] });
      }
    };
    const grouper = new IncidentGrouper({ familyOf });
    let most = 0;
    for (const alert of flood()) {
      grouper.add(alert);
      most = Math.max(most, grouper.count);
    }
    const [incident, ...others] = grouper.finish();
    expect(others).toEqual([]);
    expect(most).toBeLessThanOrEqual(8);
    expect(incident).toMatchObject({
      host: "10.0.0.5",
      role: "responder",
      alerts: sources,
      ports: { count: 1 },
    });
    expect(incident!.sources.isExact).toBe(false);
    expect(Math.abs(incident!.sources.count / sources - 1)).toBeLessThan(0.1);
    expect(incident!.headline).toMatch(
      /^about [\d,]+ hosts made 250,000 unusual connections to port 80 of 10\.0\.0\.5 in 50 s: state S0 /,
    );
    expect(incident!.replaces).toHaveLength(8);
  });

  test("passwords guessed from many hosts, few from each", () => {
    const alerts = Array.from({ length: 40 }, (_, i) =>
      makeAlert({
        end: start + i * 30,
        originator: `198.51.100.${i % 20}`,
        responderPort: 22,
        detections: [makeDetection("brute-force", 1e-4, `198.51.100.${i % 20} repeated 20 conversations`)],
      }),
    );
    const incidents = group(alerts);
    expect(incidents).toHaveLength(1);
    expect(incidents[0]).toMatchObject({
      role: "responder",
      kind: "brute-force",
      alerts: 40,
      sources: { count: 20 },
    });
    expect(incidents[0]!.headline).toMatch(
      /^20 hosts made 40 unusual connections to port 22 of 10\.0\.0\.5 in 19 min 30 s: /,
    );
  });

  test("a host that alarms for one reason, whatever its targets", () => {
    const alerts = Array.from({ length: 30 }, (_, i) =>
      makeAlert({
        end: start + i,
        responder: `10.0.1.${i}`,
        responderPort: 1000 + i,
        reasons: [manyReasons],
      }),
    );
    expect(group(alerts)).toHaveLength(1);
  });
});

describe("different things stay apart", () => {
  test("hosts", () => {
    expect(group(["10.0.0.1", "10.0.0.2"].map((originator) => makeAlert({ originator })))).toHaveLength(2);
  });

  test("two beacons of one host, and its scan", () => {
    const beacon = (responder: string) =>
      makeAlert({
        responder,
        responderPort: 443,
        detections: [makeDetection("beacon", 1e-5, `calls ${responder}`)],
      });
    const scan = makeAlert({ detections: [makeDetection("port-scan", 1e-5)] });
    const kinds = group([
      beacon("203.0.113.1"),
      beacon("203.0.113.2"),
      scan,
      beacon("203.0.113.1"),
      scan,
    ]).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(["beacon", "beacon", "port-scan"]);
  });

  test("what comes after an hour of silence; a slow beacon may pause for longer", () => {
    const at = (seconds: number, detector: string) =>
      makeAlert({ end: start + seconds, detections: [makeDetection(detector, 1e-5)] });
    expect(group([at(0, "strobe"), at(3500, "strobe"), at(7200, "strobe")])).toHaveLength(2);
    expect(group([0, 6, 12, 18].map((hours) => at(hours * 3600, "beacon")))).toHaveLength(1);
  });

  test("an ordinary host beside a flood of its target: its own scan is its own incident", () => {
    const flood = Array.from({ length: 20 }, (_, i) =>
      makeAlert({ end: start + i, originator: address(i + 1) }),
    );
    const scan = makeAlert({
      end: start + 30,
      originator: "10.0.0.99",
      detections: [makeDetection("port-scan", 1e-5)],
    });
    expect(
      group([...flood, scan])
        .map(({ role, host }) => `${role} ${host}`)
        .sort(),
    ).toEqual(["originator 10.0.0.99", "responder 10.0.0.5"]);
  });
});

const anyAlert = fc.record({
  wait: fc.integer({ min: 0, max: 3000 }),
  originator: fc.integer({ min: 1, max: 6 }).map((n) => `10.0.0.${n}`),
  responder: fc.integer({ min: 1, max: 6 }).map((n) => `10.0.1.${n}`),
  responderPort: fc.constantFrom(22, 53, 445),
  pValue: fc.constantFrom(1e-3, 1e-4, 1e-6),
  detector: fc.constantFrom(undefined, "beacon", "port-scan", "flood", "brute-force", "new-service"),
  feature: fc.constantFrom("sent_bytes", "state_no_reply", "orig_conns_5m"),
});

const alertStream = fc.array(anyAlert, { maxLength: 200 }).map((parts) => {
  let end = start;
  return parts.map(({ wait, detector, feature, ...rest }, i) =>
    makeAlert({
      ...rest,
      end: (end += wait),
      uid: `C${i}`,
      reasons: [makeReason(feature, `${feature} is odd`)],
      detections: detector === undefined ? [] : [makeDetection(detector, rest.pValue)],
    }),
  );
});

test("every alert is in exactly one incident, and looking at open ones changes nothing", () => {
  fc.assert(
    fc.property(alertStream, fc.array(fc.nat(200)), (alerts, looks) => {
      const grouper = new IncidentGrouper({ familyOf });
      alerts.forEach((alert, i) => {
        grouper.add(alert);
        if (looks.includes(i)) grouper.open();
      });
      const incidents = grouper.finish();
      expect(incidents).toEqual(group(alerts));
      expect(incidents.reduce((sum, incident) => sum + incident.alerts, 0)).toBe(alerts.length);
      expect(new Set(incidents.map(({ id }) => id)).size).toBe(incidents.length);
    }),
    { numRuns: 60 },
  );
});

test("the id of an incident stays while it grows", () => {
  const grouper = new IncidentGrouper({ familyOf });
  grouper.add(makeAlert({ reasons: [manyReasons] }));
  const [before] = grouper.open();
  grouper.add(makeAlert({ end: start + 60, detections: [makeDetection("port-scan", 1e-7)] }));
  expect(grouper.open().map(({ id, kind }) => ({ id, kind }))).toEqual([
    { id: before!.id, kind: "port-scan" },
  ]);
});

test("memory is bounded: any number of unrelated hosts leaves at most so many open incidents and keep the worst", () => {
  const grouper = new IncidentGrouper({ limits: { open: 64, watchedTargets: 64 }, mostKept: 20 });
  let mostOpen = 0;
  for (let i = 0; i < 20_000; i++) {
    grouper.add(
      makeAlert({
        end: start + i / 1000,
        originator: address(i),
        responder: address(~i),
        pValue: i === 777 ? 1e-9 : 1e-4,
      }),
    );
    if (i % 1000 === 0) mostOpen = Math.max(mostOpen, grouper.open().length);
  }
  expect(mostOpen).toBe(64);
  expect(grouper.count).toBe(20_000);
  const incidents = grouper.finish();
  expect(incidents).toHaveLength(20);
  expect(incidents[0]).toMatchObject({ pValue: 1e-9, host: address(777) });
});

test("closed incidents are told once, those of a quiet stream when time passes", () => {
  const closed: string[] = [];
  const grouper = new IncidentGrouper({ onClose: ({ host }) => closed.push(host) });
  grouper.add(makeAlert());
  grouper.advance(start + 1800);
  expect(closed).toEqual([]);
  grouper.advance(start + 3 * 3600);
  expect(closed).toEqual(["10.0.0.23"]);
  grouper.finish();
  expect(closed).toHaveLength(1);
});
