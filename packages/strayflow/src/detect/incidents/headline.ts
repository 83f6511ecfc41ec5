import { formatCount, formatDuration } from "../../base/units.ts";
import type { Alert } from "../alert.ts";
import type { DistinctList, HostRole } from "./incident.ts";
import type { Kind } from "./kinds.ts";

export interface HeadlineGrounds {
  readonly host: string;
  readonly role: HostRole;
  readonly alerts: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly sources: DistinctList;
  readonly targets: DistinctList;
  readonly ports: DistinctList;
}

/**
 * Who did what to whom, how much, and what is usual. A named detector's own sentence says all of this where the incident
 * is one host's doing; else the connections are counted, and the loudest of them says what is unusual.
 */
export function headlineOf(
  grounds: HeadlineGrounds,
  { kind, alert }: { readonly kind: Kind; readonly alert: Alert },
): string {
  const said = saidOf(alert);
  const isOneDoing = kind.role === grounds.role || grounds.sources.count === 1;
  return kind.isNamed && said !== "" && isOneDoing ? said : countedHeadline(grounds, said);
}

/** The headline of connections that have no name together. */
export function countedHeadline(grounds: HeadlineGrounds, said: string): string {
  const counted = countedText(grounds);
  return said === "" ? counted : `${counted}: ${said}`;
}

/** The sentence of the rarest detector, else the strongest reason. */
export function saidOf({ detections, reasons }: Alert): string {
  return detections[0]?.sentence || (reasons[0]?.text ?? "");
}

function countedText({
  host,
  role,
  alerts,
  firstSeen,
  lastSeen,
  sources,
  targets,
  ports,
}: HeadlineGrounds): string {
  const seconds = Math.max(0, lastSeen - firstSeen);
  const who = role === "originator" ? bracketed(host) : hostsText(sources, "one host");
  const whom = role === "responder" ? bracketed(host) : hostsText(targets, host);
  const what = alerts === 1 ? "an unusual connection" : `${formatCount(alerts)} unusual connections`;
  const during = alerts > 1 && seconds >= 1 ? ` in ${formatDuration(seconds)}` : "";
  return `${who} made ${what} to ${portsText(ports)}${whom}${during}`;
}

function hostsText(list: DistinctList, none: string): string {
  if (list.count === 1) return bracketed(list.some[0] ?? none);
  return `${countText(list)} hosts`;
}

/** A colon after an address that ends in one would read as a part of it. */
function bracketed(address: string): string {
  return address.endsWith(":") ? `[${address}]` : address;
}

function portsText(ports: DistinctList): string {
  if (ports.count === 0) return "";
  if (ports.count === 1) return `port ${ports.some[0]} of `;
  return `${countText(ports)} ports of `;
}

/** "1,024"; an estimate to two digits: "about 12,000". */
export function countText({ count, isExact }: DistinctList): string {
  return isExact ? formatCount(count) : `about ${formatCount(Number(count.toPrecision(2)))}`;
}
