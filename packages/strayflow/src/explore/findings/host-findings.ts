import { formatBytes, formatCount, formatDuration } from "../../base/units.ts";
import { connectionCells, connectionColumns } from "../connection-cells.ts";
import type { ExploreResult, MisplacedRow } from "../result.ts";
import { period, type Zone } from "../zone.ts";
import type { Found } from "./findings.ts";

const LONG_SECONDS = 8 * 3600;
const MUCH_BYTES = 100e6;
const MOST_CONTACTS = 3;
const DAY = 86_400;

/** Services where they do not belong, very long connections, and new contacts with much data. */
export function hostFindings(
  { shape, unusual }: Pick<ExploreResult, "shape" | "unusual">,
  zone: Zone,
): Found[] {
  const nothing = { from: null, to: null, host: null } as const;
  const found: Found[] = [];
  const { misplaced, longest, firstContacts } = unusual;
  if (misplaced.length > 0) {
    const own = misplaced.reduce((sum, { connections }) => sum + connections, 0);
    found.push({
      ...nothing,
      kind: "misplaced-service",
      severity: 1,
      sentence: misplacedSentence(misplaced, own),
      details: [
        "Zeek recognises a service by what is said, not by its port. A port that several hosts use for a good part of a service counts as its own.",
      ],
      connections: own,
      share: own / shape.connections,
      evidence: {
        title: "Services on ports where they do not belong",
        columns: [
          { name: "service", quantity: "code" },
          { name: "port", quantity: "code" },
          { name: "usual ports", quantity: "text" },
          { name: "connections", quantity: "count" },
          { name: "originators", quantity: "count" },
          { name: "responders", quantity: "count" },
          { name: "bytes", quantity: "bytes" },
          { name: "one of them: from", quantity: "code" },
          { name: "to", quantity: "code" },
        ],
        of: misplaced.length,
        rows: misplaced
          .slice(0, 20)
          .map((row) => [
            row.service,
            `${row.port}/${row.proto}`,
            portList(row.usualPorts),
            row.connections,
            row.originators,
            row.responders,
            row.bytes,
            row.example?.originator ?? null,
            row.example?.responder ?? null,
          ]),
      },
    });
  }
  const long = longest.filter(({ duration }) => duration! >= LONG_SECONDS);
  const [first] = long;
  if (first !== undefined) {
    const whom = `${first.responder} ${first.proto === "icmp" ? "(ICMP)" : `port ${first.responderPort}/${first.proto}`}`;
    const more =
      long.length > 1
        ? `; ${long.length === longest.length ? "at least " : ""}${formatCount(long.length)} connections lasted ${formatDuration(LONG_SECONDS)} or longer`
        : "";
    found.push({
      kind: "long-connection",
      severity: 0,
      sentence: `${first.originator} kept a connection to ${whom} open for ${formatDuration(first.duration!)}, ${period(zone, first.ts, first.ts + first.duration!)}${more}`,
      details: ["Remote access, tunnels and backups do this, and so do programs that wait for orders."],
      connections: long.length,
      share: long.length / shape.connections,
      from: first.ts,
      to: first.ts + first.duration!,
      host: first.originator,
      evidence: {
        title: "Longest connections",
        columns: connectionColumns,
        rows: long.slice(0, 20).map(connectionCells),
      },
    });
  }
  // In a short log nearly everything is new.
  const isLong = shape.to - shape.from >= 2 * DAY;
  const much = firstContacts.filter(({ bytes }) => isLong && bytes >= MUCH_BYTES);
  for (const contact of much.slice(0, MOST_CONTACTS)) {
    found.push({
      kind: "first-contact",
      severity: 1,
      sentence: `${contact.originator} first contacted ${contact.responder} ${period(zone, contact.first, contact.first)} and has exchanged ${formatBytes(contact.bytes)} with it since`,
      details: ["A pair of hosts that the earlier part of the log does not have."],
      connections: contact.connections,
      share: contact.connections / shape.connections,
      from: contact.first,
      to: null,
      host: contact.originator,
      evidence: {
        title: "New pair",
        columns: [
          { name: "originator", quantity: "code" },
          { name: "responder", quantity: "code" },
          { name: "first", quantity: "time" },
          { name: "connections", quantity: "count" },
          { name: "bytes", quantity: "bytes" },
        ],
        rows: [[contact.originator, contact.responder, contact.first, contact.connections, contact.bytes]],
      },
    });
  }
  return found;
}

function misplacedSentence(rows: readonly MisplacedRow[], own: number): string {
  const [{ service, port, proto, usualPorts, connections, example }] = rows as [MisplacedRow];
  const usual = portList(usualPorts.slice(0, 3));
  if (rows.length === 1 && connections === 1 && example !== null) {
    return `${example.originator} spoke ${service} with ${example.responder} on port ${port}/${proto}; ${service} belongs on ${usual}`;
  }
  const most = `most of them ${service} on port ${port}/${proto} (${formatCount(connections)}), which belongs on ${usual}`;
  return rows.length === 1
    ? `${formatCount(own)} connections speak ${service} on port ${port}/${proto}, which belongs on ${usual}`
    : `${formatCount(own)} connections speak a service on a port where it does not belong, ${most}`;
}

function portList(ports: readonly number[]): string {
  const shown = ports.slice(0, 6).join(", ");
  return ports.length > 6 ? `${shown}, ...` : shown;
}
