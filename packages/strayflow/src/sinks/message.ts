import { createHash } from "node:crypto";
import { assert } from "../base/errors.ts";
import type { Alert } from "../detect/alert.ts";
import type { Incident, Severity } from "../detect/incidents/incident.ts";

export const messageKinds = [
  "incident-opened",
  "incident-grew",
  "incident-closed",
  "alert",
  "status",
  "drift",
] as const;

export type MessageKind = (typeof messageKinds)[number];

interface MessageBase {
  /** The same for the same news, however often it is sent: receivers know repetitions by it. */
  readonly id: string;
  /** Seconds since 1970 at which it became news: the stream's clock, or the wall's where there is no stream. */
  readonly time: number;
  /** Name of the source, as configured. */
  readonly sensor: string;
  readonly severity: Severity;
}

/** An incident as it stood at one revision. */
export interface IncidentMessage extends MessageBase {
  readonly kind: "incident-opened" | "incident-grew" | "incident-closed";
  /** Counts from 1 for each incident. */
  readonly revision: number;
  /** Of the revision that was sent before; absent for the first. Lets a sink hear of an incident that became serious. */
  readonly severityBefore?: Severity | undefined;
  readonly incident: Incident;
}

export interface AlertMessage extends MessageBase {
  readonly kind: "alert";
  readonly alert: Alert;
  /** Of the incident that it belongs to. */
  readonly incidentId?: string | undefined;
}

/** Something about the watching itself: "no data for 10 minutes", "the log is 12 minutes late". */
export interface StatusReport {
  /** A word for programs: "no-data", "late", "source-gone", "recovered". */
  readonly code: string;
  /** The same for people; a sentence without a full stop. */
  readonly text: string;
  /** How long it has been so; absent where that says nothing. */
  readonly seconds?: number | undefined;
}

export interface StatusMessage extends MessageBase {
  readonly kind: "status";
  readonly status: StatusReport;
}

/** Traffic is no longer what the model learned. */
export interface DriftReport {
  /** What moved: "alert-rate", "column", "unknown-categories". */
  readonly measure: string;
  /** The column, where it is one. */
  readonly column?: string | undefined;
  /** What is measured now and what it was in training, in the measure's unit. */
  readonly value: number;
  readonly usual: number;
  /** For people; a sentence without a full stop. */
  readonly text: string;
}

export interface DriftMessage extends MessageBase {
  readonly kind: "drift";
  readonly drift: DriftReport;
}

/** One piece of news for the outside. All text in it may be hostile. */
export type Message = IncidentMessage | AlertMessage | StatusMessage | DriftMessage;

/** What is true of a message besides what it tells. */
export interface MessageContext {
  readonly time: number;
  readonly sensor: string;
}

export function incidentMessage(
  kind: IncidentMessage["kind"],
  incident: Incident,
  context: MessageContext & { readonly revision: number; readonly severityBefore?: Severity | undefined },
): IncidentMessage {
  const { time, sensor, revision, severityBefore } = context;
  return {
    id: `${incident.id}.${revision}`,
    kind,
    time,
    sensor,
    severity: incident.severity,
    revision,
    ...(severityBefore === undefined ? {} : { severityBefore }),
    incident,
  };
}

/** @param context `id` as the store knows the alert */
export function alertMessage(
  alert: Alert,
  context: MessageContext & {
    readonly id: string;
    readonly severity: Severity;
    readonly incidentId?: string | undefined;
  },
): AlertMessage {
  const { id, time, sensor, severity, incidentId } = context;
  const { values: _values, ...told } = alert;
  return {
    id,
    kind: "alert",
    time,
    sensor,
    severity,
    alert: told,
    ...(incidentId === undefined ? {} : { incidentId }),
  };
}

/** @param context `since` is when it began: the same trouble keeps its id while it lasts */
export function statusMessage(
  status: StatusReport,
  context: MessageContext & { readonly severity: Severity; readonly since: number },
): StatusMessage {
  const { time, sensor, severity, since } = context;
  return {
    id: stableId("status", sensor, status.code, since),
    kind: "status",
    time,
    sensor,
    severity,
    status,
  };
}

/** @param context `period` names what was measured ("2024-04-20"): a column is reported once for it */
export function driftMessage(
  drift: DriftReport,
  context: MessageContext & { readonly severity: Severity; readonly period: string },
): DriftMessage {
  const { time, sensor, severity, period } = context;
  const id = stableId("drift", sensor, drift.measure, drift.column ?? "", period);
  return { id, kind: "drift", time, sensor, severity, drift };
}

function stableId(kind: string, ...parts: readonly (string | number)[]): string {
  return `${kind}-${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16)}`;
}

/** The message as one line of JSON that `unpackMessage` turns back into the same: what an outbox stores. */
export function packMessage(message: Message): string {
  return JSON.stringify(message, (key, value: unknown) => {
    if (key === "values" && value instanceof Float32Array) return undefined;
    return typeof value === "number" && !Number.isFinite(value) ? null : value;
  });
}

/** Throws where the text was not made by `packMessage`. */
export function unpackMessage(text: string): Message {
  const message = JSON.parse(text, (_key, value: unknown) => (value === null ? NaN : value)) as Message;
  assert(
    typeof message === "object" && typeof message.id === "string" && messageKinds.includes(message.kind),
    "a packed message has an id and a known kind",
  );
  return message;
}
