import { addressNumber, parseRange, type AddressRange } from "../../zeek/address-range.ts";
import type { Alert } from "../alert.ts";
import { isActive, type PortRange, type Suppression, type SuppressionConditions } from "./suppression.ts";

/** What a suppression can look at. */
export interface SuppressibleAlert {
  readonly alert: Pick<
    Alert,
    "originator" | "responder" | "responderPort" | "proto" | "service" | "detections" | "reasons"
  >;
  readonly sensor: string;
  /** Id and kind of the incident that the alert is part of, where that is known. */
  readonly incident?: string | undefined;
  readonly kind?: string | undefined;
}

/** Holds alerts against suppressions. Conditions must be valid ones (`suppressionConditionsSchema`). */
export class Suppressor {
  readonly #entries: readonly { readonly suppression: Suppression; readonly matches: Matcher }[];

  constructor(suppressions: readonly Suppression[]) {
    this.#entries = suppressions.map((suppression) => ({ suppression, matches: matcherOf(suppression) }));
  }

  /** Ids of the suppressions that are active at the given time (seconds since 1970) and cover the alert. */
  match(given: SuppressibleAlert, now: number): number[] {
    const ids: number[] = [];
    for (const { suppression, matches } of this.#entries)
      if (isActive(suppression, now) && matches(given)) ids.push(suppression.id);
    return ids;
  }
}

/** Whether conditions hold for alerts. */
export type Matcher = (given: SuppressibleAlert) => boolean;

export function matcherOf(conditions: SuppressionConditions): Matcher {
  const { incident, pair, port, proto, service, kind, reason, sensor } = conditions;
  const host = rangesOf(conditions.host);
  const orig = rangesOf(conditions.orig);
  const resp = rangesOf(conditions.resp);
  const pairs = pair?.map(([a, b]) => [rangesOf([a])!, rangesOf([b])!] as const);
  return (given) => {
    const { alert } = given;
    if (incident !== undefined && !incident.includes(given.incident ?? "")) return false;
    if (sensor !== undefined && !sensor.includes(given.sensor)) return false;
    if (port !== undefined && !port.some((one) => isPort(alert.responderPort, one))) return false;
    if (proto !== undefined && !proto.includes(alert.proto)) return false;
    if (service !== undefined && !service.includes(alert.service)) return false;
    if (kind !== undefined) {
      const said = alert.detections.some(({ detector }) => kind.includes(detector));
      if (!said && !kind.includes(given.kind ?? "")) return false;
    }
    if (reason !== undefined && !alert.reasons.some(({ feature }) => reason.includes(feature))) return false;
    if (host === undefined && orig === undefined && resp === undefined && pairs === undefined) return true;
    const from = addressNumber(alert.originator);
    const to = addressNumber(alert.responder);
    if (from === undefined || to === undefined) return false;
    if (host !== undefined && !isInside(from, host) && !isInside(to, host)) return false;
    if (orig !== undefined && !isInside(from, orig)) return false;
    if (resp !== undefined && !isInside(to, resp)) return false;
    return (
      pairs === undefined ||
      pairs.some(([a, b]) => (isInside(from, a) && isInside(to, b)) || (isInside(from, b) && isInside(to, a)))
    );
  };
}

function rangesOf(networks: readonly string[] | undefined): readonly AddressRange[] | undefined {
  return networks?.flatMap((text) => parseRange(text) ?? []);
}

function isInside(address: bigint, ranges: readonly AddressRange[]): boolean {
  return ranges.some(({ low, high }) => address >= low && address <= high);
}

function isPort(port: number, wanted: number | PortRange): boolean {
  if (typeof wanted === "number") return port === wanted;
  return port >= (wanted.from ?? 0) && port <= (wanted.to ?? 65_535);
}
