import { isIP } from "node:net";
import { program } from "../../base/program.ts";
import type { Alert } from "../../detect/alert.ts";
import { saidOf } from "../../detect/incidents/headline.ts";
import type { DistinctList, Incident, Severity } from "../../detect/incidents/incident.ts";
import type { JsonValue } from "../../zeek/record.ts";
import type { Message } from "../message.ts";
import { titleOf } from "../summary.ts";
import { ownJson, type JsonObject } from "./own-json.ts";

/** Of the Elastic Common Schema whose field names these are. */
const ecsVersion = "8.17.0";

/**
 * A message as a document of the Elastic Common Schema. What the schema has no field for stands under `strayflow`, in
 * our own form. Elasticsearch refuses a whole document for one value of the wrong type, so addresses, ports and sizes
 * are left out of the typed fields where the log's text is none (`source.address` keeps it).
 */
export function ecsJson(message: Message): JsonObject {
  const { id, time, sensor, severity } = message;
  const { event, ...fields } = fieldsOf(message);
  return {
    "@timestamp": isoTime(time),
    ecs: { version: ecsVersion },
    event: {
      id,
      kind: message.kind === "status" || message.kind === "drift" ? "event" : "alert",
      category: ["network"],
      type: ["info"],
      action: message.kind,
      module: program.name,
      dataset: `${program.name}.${datasetOf(message)}`,
      severity: severityNumbers[severity],
      ...event,
    },
    message: titleOf(message),
    observer: {
      name: sensor,
      type: "ids",
      vendor: program.name,
      product: program.name,
      version: program.version,
    },
    ...fields,
    [program.name]: ownJson(message),
  };
}

/** The scale on which Elastic's own rules put these words. */
const severityNumbers: Readonly<Record<Severity, number>> = { low: 21, medium: 47, high: 73, critical: 99 };

interface Fields {
  readonly event: JsonObject;
  readonly [group: string]: JsonObject;
}

function fieldsOf(message: Message): Fields {
  switch (message.kind) {
    case "incident-opened":
    case "incident-grew":
    case "incident-closed":
      return incidentFields(message.incident);
    case "alert":
      return alertFields(message.alert);
    case "status":
      return { event: { reason: message.status.text } };
    case "drift":
      return { event: { reason: message.drift.text } };
  }
}

function datasetOf(message: Message): string {
  return message.kind.startsWith("incident") ? "incident" : message.kind;
}

function incidentFields(incident: Incident): Fields {
  const { sources, targets, ports, evidence, host, role } = incident;
  const source = role === "originator" ? host : onlyOne(sources);
  const destination = role === "responder" ? host : onlyOne(targets);
  const [port, transport = "tcp"] = (onlyOne(ports) ?? "").split("/");
  const protocols = new Set(evidence.map((alert) => alert.proto));
  return {
    event: {
      reason: incident.headline,
      start: isoTime(incident.firstSeen),
      end: isoTime(incident.lastSeen),
      duration: Math.max(0, Math.round((incident.lastSeen - incident.firstSeen) * 1e9)),
    },
    rule: { id: incident.kind, name: incident.kind, ruleset: program.name },
    ...endpoint("source", source, { bytes: incident.sentBytes }),
    ...endpoint("destination", destination, {
      port: port === "" ? NaN : Number(port),
      bytes: incident.receivedBytes,
    }),
    ...networkFields({
      source,
      destination,
      transport: port === "" ? (protocols.size === 1 ? evidence[0]?.proto : undefined) : transport,
      service: "",
      bytes: incident.sentBytes + incident.receivedBytes,
    }),
    ...relatedFields([host, ...sources.some, ...targets.some]),
  };
}

function alertFields(alert: Alert): Fields {
  const kind = alert.detections[0]?.detector ?? alert.reasons[0]?.feature;
  return {
    event: {
      ...(saidOf(alert) === "" ? {} : { reason: saidOf(alert) }),
      start: isoTime(alert.ts),
      end: isoTime(alert.end),
      duration: Math.max(0, Math.round((alert.end - alert.ts) * 1e9)),
    },
    ...(kind === undefined ? {} : { rule: { id: kind, name: kind, ruleset: program.name } }),
    ...endpoint("source", alert.originator, { bytes: alert.sentBytes }),
    ...endpoint("destination", alert.responder, {
      port: alert.proto === "icmp" ? NaN : alert.responderPort,
      bytes: alert.receivedBytes,
    }),
    ...networkFields({
      source: alert.originator,
      destination: alert.responder,
      transport: alert.proto,
      service: alert.service,
      bytes: alert.sentBytes + alert.receivedBytes,
    }),
    ...relatedFields([alert.originator, alert.responder]),
  };
}

function endpoint(
  side: "source" | "destination",
  address: string | undefined,
  { port = NaN, bytes }: { readonly port?: number; readonly bytes: number },
): { readonly [group: string]: JsonObject } {
  const fields = {
    ...(address === undefined ? {} : { address }),
    ...(address !== undefined && isAddress(address) ? { ip: address } : {}),
    ...(Number.isInteger(port) && port >= 0 && port <= 65_535 ? { port } : {}),
    ...(isSize(bytes) ? { bytes } : {}),
  };
  return Object.keys(fields).length === 0 ? {} : { [side]: fields };
}

function networkFields(flow: {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly transport: string | undefined;
  readonly service: string;
  readonly bytes: number;
}): { readonly [group: string]: JsonObject } {
  const version = isIP(flow.source ?? "") || isIP(flow.destination ?? "");
  const transport = flow.transport?.toLowerCase() ?? "";
  // Zeek lists several services of one connection with commas; the field is for one.
  const protocol = flow.service.toLowerCase().split(",")[0] ?? "";
  const fields: JsonObject = {
    ...(version === 0 ? {} : { type: `ipv${version}` }),
    ...(transport === "" || transport === "unknown_transport" ? {} : { transport }),
    ...(protocol === "" ? {} : { protocol }),
    ...(isSize(flow.bytes) ? { bytes: flow.bytes } : {}),
  };
  return Object.keys(fields).length === 0 ? {} : { network: fields };
}

function relatedFields(addresses: readonly string[]): { readonly [group: string]: JsonObject } {
  const ip: JsonValue = [...new Set(addresses.filter(isAddress))];
  return ip.length === 0 ? {} : { related: { ip } };
}

function onlyOne({ count, isExact, some }: DistinctList): string | undefined {
  return count === 1 && isExact ? some[0] : undefined;
}

/** Elasticsearch's type `ip` takes no zone ("fe80::1%eth0"). */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes("%");
}

function isSize(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= 0;
}

/** Outside the years that a date can hold, the beginning of time: a hostile log must not stop its own alert. */
function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) || Math.abs(date.getUTCFullYear()) > 9999
    ? new Date(0).toISOString()
    : date.toISOString();
}
