import { formatBytes, formatCount, formatDuration, formatOneIn } from "../base/units.ts";
import type { Alert } from "../detect/alert.ts";
import { countText, saidOf } from "../detect/incidents/headline.ts";
import type { DistinctList, Incident } from "../detect/incidents/incident.ts";
import type { Message } from "./message.ts";
import { oneLine } from "./text.ts";

export interface Fact {
  readonly label: string;
  readonly text: string;
}

/** Severity and what happened, on one line of text that is safe to print: "high: 10.0.0.23 tried 1,024 ports of ...". */
export function titleOf(message: Message, most = 300): string {
  return oneLine(`${message.severity}: ${openings[message.kind]}${saidBy(message)}`, most);
}

/** A first message speaks for itself. */
const openings: Readonly<Record<Message["kind"], string>> = {
  "incident-opened": "",
  "incident-grew": "more of this: ",
  "incident-closed": "over: ",
  alert: "",
  status: "",
  drift: "",
};

/** What a message says besides its title, in lines that are safe to print; what is not known is not there. */
export function factsOf(message: Message): readonly Fact[] {
  const facts = [
    ...detailsOf(message),
    { label: "sensor", text: message.sensor },
    { label: "id", text: message.id },
  ];
  return facts
    .filter(({ text }) => text !== "")
    .map(({ label, text }) => ({ label, text: oneLine(text, 500) }));
}

function saidBy(message: Message): string {
  switch (message.kind) {
    case "incident-opened":
    case "incident-grew":
    case "incident-closed":
      return message.incident.headline;
    case "alert": {
      const said = saidOf(message.alert);
      return `${connectionText(message.alert)}${said === "" ? "" : `: ${said}`}`;
    }
    case "status":
      return message.status.text;
    case "drift":
      return message.drift.text;
  }
}

function detailsOf(message: Message): Fact[] {
  switch (message.kind) {
    case "incident-opened":
    case "incident-grew":
    case "incident-closed":
      return incidentFacts(message.incident);
    case "alert":
      return [
        { label: "time", text: utcText(message.alert.ts) },
        ...reasonFacts(message.alert),
        { label: "rarity", text: formatOneIn(message.alert.pValue) },
        { label: "uid", text: message.alert.uid },
        { label: "caution", text: message.alert.caveats.join("; ") },
      ];
    case "status":
    case "drift":
      return [{ label: "time", text: utcText(message.time) }];
  }
}

function incidentFacts(incident: Incident): Fact[] {
  const seconds = incident.lastSeen - incident.firstSeen;
  const strongest = incident.evidence[0];
  return [
    { label: "seen", text: `${utcText(incident.firstSeen)}, for ${formatDuration(Math.max(0, seconds))}` },
    { label: "alerts", text: `${formatCount(incident.alerts)}, as rare as ${formatOneIn(incident.pValue)}` },
    { label: "from", text: listText(incident.sources) },
    { label: "to", text: listText(incident.targets) },
    { label: "ports", text: listText(incident.ports) },
    { label: "sent", text: Number.isFinite(incident.sentBytes) ? formatBytes(incident.sentBytes) : "" },
    {
      label: "received",
      text: Number.isFinite(incident.receivedBytes) ? formatBytes(incident.receivedBytes) : "",
    },
    ...(strongest === undefined ? [] : [...reasonFacts(strongest), { label: "uid", text: strongest.uid }]),
    { label: "caution", text: incident.caveats.join("; ") },
  ];
}

function reasonFacts({ reasons }: Alert): Fact[] {
  return reasons.slice(0, 3).map((reason) => ({ label: "why", text: reason.text }));
}

function connectionText({ originator, responder, responderPort, proto }: Alert): string {
  const port = proto === "icmp" ? "" : ` port ${responderPort}/${proto}`;
  return `${originator} to ${responder}${port}`;
}

const mostNamed = 5;

/** "10.0.0.5", or "1,024: 1, 2, 3, 4, 5, ...". */
function listText(list: DistinctList): string {
  if (list.count === 0) return "";
  const named = list.some.slice(0, mostNamed).join(", ");
  if (list.count <= mostNamed && list.some.length >= list.count) return named;
  return `${countText(list)}: ${named}, …`;
}

/** "2024-04-20 12:00:05 UTC". */
function utcText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "–";
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
