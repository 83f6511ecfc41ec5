import { expect, test } from "vitest";
import { IncidentGrouper, withReasons } from "../../../src/detect/incidents/index.ts";
import type { Alert } from "../../../src/detect/alert.ts";
import { makeAlert, makeDetection, makeReason } from "../make-alert.ts";

function headline(...alerts: Partial<Alert>[]): string {
  const grouper = new IncidentGrouper();
  for (const alert of alerts) grouper.add(makeAlert(alert));
  const incidents = grouper.finish();
  expect(incidents).toHaveLength(1);
  return incidents[0]!.headline;
}

const sent = makeReason("sent_bytes", "sent 1.4 GB; usually 40 kB; 1 in 210,000");

test("a named detector's sentence is the headline", () => {
  const sentence = "10.0.0.23 tried 1,024 ports of 10.0.0.5 in 3 min; it usually contacts 4 a day";
  expect(headline({ detections: [makeDetection("port-scan", 1e-6, sentence)], reasons: [sent] })).toBe(
    sentence,
  );
});

test("of equally rare sentences the latest counts, for it has seen most", () => {
  const say = (ports: number, end: number) => ({
    end,
    detections: [makeDetection("port-scan", 1e-6, `tried ${ports} ports`)],
  });
  expect(headline(say(20, 1000), say(500, 1010))).toBe("tried 500 ports");
});

test("one unusual connection", () => {
  expect(headline({ reasons: [sent] })).toBe(
    "10.0.0.23 made an unusual connection to port 445 of 10.0.0.5: sent 1.4 GB; usually 40 kB; 1 in 210,000",
  );
});

test("several, of one port of several hosts", () => {
  const to = (responder: string, end: number) => ({
    responder,
    end,
    responderPort: 53,
    proto: "udp",
    reasons: [sent],
  });
  expect(headline(to("10.0.0.5", 1000), to("10.0.0.6", 1125), to("10.0.0.7", 1250))).toBe(
    "10.0.0.23 made 3 unusual connections to port 53/udp of 3 hosts in 4 min 10 s: sent 1.4 GB; usually 40 kB; 1 in 210,000",
  );
});

test("ICMP has no ports", () => {
  expect(headline({ proto: "icmp", responderPort: 8, reasons: [sent] })).toMatch(
    /^10\.0\.0\.23 made an unusual connection to 10\.0\.0\.5: sent/,
  );
});

test("without any reason it still says who and whom", () => {
  expect(headline({})).toBe("10.0.0.23 made an unusual connection to port 445 of 10.0.0.5");
});

test("better reasons for the strongest alert change the headline that quotes them, and nothing else", () => {
  const group = (...alerts: Partial<Alert>[]) => {
    const grouper = new IncidentGrouper();
    for (const alert of alerts) grouper.add(makeAlert(alert));
    return grouper.finish()[0]!;
  };
  const better = makeReason("orig_hosts_5m", "contacted 44 hosts in 5 min; usually 4; 1 in 5,700");
  const incident = group({ reasons: [sent] });
  const explained = withReasons(incident, [better]);
  expect(explained).toEqual({
    ...incident,
    headline:
      "10.0.0.23 made an unusual connection to port 445 of 10.0.0.5: contacted 44 hosts in 5 min; usually 4; 1 in 5,700",
    evidence: [{ ...incident.evidence[0], reasons: [better] }],
    story: [{ moment: "first", alert: { ...incident.evidence[0], reasons: [better] } }],
  });
  const named = group({ reasons: [sent], detections: [makeDetection("port-scan", 1e-6, "tried 20 ports")] });
  expect(withReasons(named, [better])).toMatchObject({
    headline: "tried 20 ports",
    evidence: [{ reasons: [better] }],
  });
  expect(withReasons(named, [])).toBe(named);
});

test("an address that ends in a colon is bracketed before one", () => {
  expect(headline({ responder: "2002:40e1::", proto: "icmp", reasons: [sent] })).toMatch(
    /connection to \[2002:40e1::\]: sent/,
  );
});

test("remarks that differ in their numbers only are made once, and not of one source among many", () => {
  const from = (originator: string, history: number, end: number) =>
    makeAlert({ originator, end, caveats: [`this host has only ${history} connections of history`] });
  const grouper = new IncidentGrouper();
  for (let i = 0; i < 5; i++) grouper.add(from("10.0.0.1", 30 + i, 1000 + i));
  expect(grouper.finish()[0]!.caveats).toEqual(["this host has only 30 connections of history"]);
  const flood = new IncidentGrouper();
  for (let i = 0; i < 20; i++) flood.add(from(`10.0.0.${i}`, i, 1000 + i));
  expect(flood.finish()[0]).toMatchObject({ role: "responder", caveats: [] });
});
