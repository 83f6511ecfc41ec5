import type { BehaviorFamily, FamilyMemory } from "./family.ts";
import { aDay } from "./half-life.ts";
import { Moments } from "./moments.ts";
import type { Quantity } from "./moments.ts";
import type { BehaviorRows } from "./rows.ts";
import { deviations } from "./wording.ts";

/** How this connection compares with the originator's other connections to the same port, wherever they went. */
export const origServiceUsual = {
  id: "orig_service_usual",
  side: "originator",
  reads: ["ts", "id.orig_h", "id.resp_p", "duration", "orig_bytes", "resp_bytes"],
  entities: ["originatorService"],
  columns: {
    orig_port_sent_z: deviations(
      "Logarithm of the bytes sent, against the originator's own mean on this port, of about a day.",
      "the bytes sent lie",
      "this host's mean on this port",
    ),
    orig_port_received_z: deviations(
      "Logarithm of the bytes received, against the originator's own mean on this port, of about a day.",
      "the bytes received lie",
      "this host's mean on this port",
    ),
    orig_port_duration_z: deviations(
      "Logarithm of the duration, against the originator's own mean on this port, of about a day.",
      "the duration lies",
      "this host's mean on this port",
    ),
  },
  open: (rows) =>
    openServiceMemory(rows, "originatorService", [
      rows.amounts.logs.sent,
      rows.amounts.logs.received,
      rows.amounts.logs.duration,
    ]),
} as const satisfies BehaviorFamily;

/** How this connection compares with what others exchange with the same port of the responder. */
export const respServiceUsual = {
  id: "resp_service_usual",
  side: "responder",
  reads: ["ts", "id.resp_h", "id.resp_p", "duration", "orig_bytes", "resp_bytes"],
  entities: ["responderService"],
  columns: {
    resp_port_received_z: deviations(
      "Logarithm of the bytes that the responder was sent, against its own mean on this port, of about a day.",
      "the bytes sent lie",
      "what this port of the responder is usually sent",
    ),
    resp_port_sent_z: deviations(
      "Logarithm of the bytes that the responder sent back, against its own mean on this port, of about a day.",
      "the bytes received lie",
      "what this port of the responder usually sends",
    ),
    resp_port_duration_z: deviations(
      "Logarithm of the duration, against the responder's own mean on this port, of about a day.",
      "the duration lies",
      "the mean at this port of the responder",
    ),
  },
  open: (rows) =>
    openServiceMemory(rows, "responderService", [
      rows.amounts.logs.sent,
      rows.amounts.logs.received,
      rows.amounts.logs.duration,
    ]),
} as const satisfies BehaviorFamily;

function openServiceMemory(
  rows: BehaviorRows,
  entity: "originatorService" | "responderService",
  quantities: readonly Quantity[],
): FamilyMemory {
  const moments = quantities.map(
    (quantity, deviation) => new Moments(rows.visits(entity), aDay, quantity, { deviation }),
  );
  return {
    logs: [],
    fill(out, width, at) {
      for (let i = 0; i < moments.length; i++) moments[i]!.fill(out, width, at);
    },
  };
}
