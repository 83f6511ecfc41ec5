import { IncidentGrouper, type Incident } from "../../src/detect/incidents/index.ts";
import {
  alertMessage,
  driftMessage,
  incidentMessage,
  statusMessage,
  type Message,
} from "../../src/sinks/index.ts";
import { makeAlert, makeDetection, makeReason } from "../detect/make-alert.ts";

export const start = 1_740_229_495;

/** A scan of 24 ports, grouped as detection would. */
export function makeIncident(change: Partial<Incident> = {}): Incident {
  const grouper = new IncidentGrouper();
  for (let port = 1; port <= 24; port++) {
    grouper.add(
      makeAlert({
        end: start + port,
        responderPort: port,
        uid: `C${String(port).padStart(17, "0")}`,
        pValue: 2e-7,
        sentBytes: 40,
        detections: [
          makeDetection(
            "port-scan",
            1e-7,
            "10.0.0.23 tried 24 ports of 10.0.0.5; it usually contacts 4 a day",
          ),
        ],
        reasons: [makeReason("orig_failed_1h", "99 % of its connections in 1 h failed; usually 4 %")],
      }),
    );
  }
  return { ...grouper.finish()[0]!, ...change };
}

export function opened(number = 1, change: Partial<Incident> = {}): Message {
  const incident = makeIncident({ id: `incident${number}`, severity: "high", ...change });
  return incidentMessage("incident-opened", incident, { time: start + 30, sensor: "office", revision: 1 });
}

export function openedMany(count: number): Message[] {
  return Array.from({ length: count }, (_, index) => opened(index + 1));
}

/** One of each kind, with ordinary text. */
export function oneOfEach(): Readonly<Record<string, Message>> {
  const context = { time: start + 60, sensor: "office" };
  const alert = makeAlert({
    ts: start,
    end: start + 3.5,
    service: "http,ssl",
    sentBytes: 1_400_000_000,
    receivedBytes: 52_000,
    responder: "2001:db8::5",
    reasons: [makeReason("sent_bytes", "sent 1.4 GB; usually 2 to 40 kB; 1 in 210,000")],
    caveats: ["this host has only 37 connections of history"],
  });
  return {
    "incident-opened": opened(),
    "incident-grew": incidentMessage(
      "incident-grew",
      makeIncident({ id: "incident1", severity: "critical" }),
      {
        ...context,
        revision: 2,
        severityBefore: "high",
      },
    ),
    alert: alertMessage(alert, { ...context, id: "alert1", severity: "medium", incidentId: "incident1" }),
    status: statusMessage(
      { code: "no-data", text: "office sent no data for 10 min", seconds: 600 },
      { ...context, severity: "high", since: start },
    ),
    drift: driftMessage(
      {
        measure: "column",
        column: "orig_bytes",
        value: 4.2,
        usual: 1,
        text: "orig_bytes moved: 4.2 times as far from the middle as in training",
      },
      { ...context, severity: "medium", period: "2025-02-22" },
    ),
  };
}

/** What a log may hold to disturb whoever reads on. */
export const hostileText = [
  "one\r\ntwo",
  "tab\there",
  "null\0byte",
  "\u001b[31mred\u001b[0m",
  "right\u202eot-left",
  "zero\u200bwidth",
  "line\u2028separator",
  "half\ud83d",
  "<script>alert(1)</script>",
  "\"quoted\" 'and' \\ back]slash",
  "<!channel> <@U012AB3CD> <https://evil.example|safe>",
  "@here *bold* _under_ ~gone~ `code` [link](https://evil.example)",
  "#close\t2020",
  "-",
  "(empty)",
  "a,b,c",
  "\r\nBcc: victim@example.org\r\n\r\nbody",
  "]\n<34>1 - forged - - -",
].join(" ¦ ");

/** A message in which all text that may come from a log is hostile. */
export function hostile(text = hostileText): Message {
  const alert = makeAlert({
    uid: text,
    originator: text,
    responder: text,
    proto: text,
    service: text,
    state: text,
    reasons: [makeReason(text, text)],
    detections: [makeDetection(text, 1e-6, text)],
    caveats: [text],
  });
  const list = { count: 1, isExact: true, some: [text] };
  const incident = makeIncident({
    headline: text,
    host: text,
    kind: text,
    sources: list,
    targets: list,
    ports: list,
    evidence: [alert],
    story: [{ moment: "first", alert }],
    caveats: [text],
    severity: "high",
  });
  return incidentMessage("incident-opened", incident, { time: start, sensor: text, revision: 1 });
}
