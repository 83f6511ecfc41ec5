import { formatCount } from "../../base/units.ts";
import type { Cell, ReportPart, ReportSection, ReportTable } from "../../report/document.ts";
import { connectionCells, connectionColumns } from "../connection-cells.ts";
import { rareRule } from "../questions/unusual.ts";
import type { ExploreResult, RareRow } from "../result.ts";

/** What stands alone without being an attack. */
export function unusualSection({ unusual }: ExploreResult): ReportSection {
  const { longest, rarePorts, rareServices, misplaced, firstContacts, newSince } = unusual;
  const parts: ReportPart[] = [
    ...table(
      "longest-connections",
      "Longest connections",
      "No connection has a duration.",
      connectionColumns,
      longest.map(connectionCells),
    ),
    { kind: "text", text: rareRule },
    ...table(
      "rare-ports",
      "Rare ports that answered",
      "No port is rare.",
      rareColumns("port"),
      rarePorts.map(rareCells),
    ),
    ...table(
      "rare-services",
      "Rare services",
      "No service is rare.",
      rareColumns("service"),
      rareServices.map(rareCells),
    ),
    ...table(
      "misplaced-services",
      "Services on ports where they do not belong",
      "Every service that has ports of its own is on one of them.",
      [
        { name: "service", quantity: "code" },
        { name: "port", quantity: "code" },
        { name: "connections", quantity: "count" },
        { name: "share of the service", quantity: "share" },
        { name: "originators", quantity: "count" },
        { name: "responders", quantity: "count" },
        { name: "bytes", quantity: "bytes" },
        { name: "usual ports", quantity: "text" },
      ],
      misplaced.map((row) => [
        row.service,
        `${row.port}/${row.proto}`,
        row.connections,
        row.share,
        row.originators,
        row.responders,
        row.bytes,
        row.usualPorts.slice(0, 8).join(", "),
      ]),
    ),
  ];
  if (newSince === null) {
    parts.push({ kind: "text", text: "The log is shorter than four hours: no contact is called new." });
  } else {
    parts.push(
      {
        kind: "text",
        text: `New is a pair that was first answered in the last quarter of the log, at most its last day; those with most bytes first. Where the log says which hosts are local, only what they began.${
          unusual.firstContactsLookedAt < unusual.firstContactCount
            ? ` Of ${formatCount(unusual.firstContactCount)} new pairs, these are among the latest ${formatCount(unusual.firstContactsLookedAt)}.`
            : ""
        }`,
      },
      ...table(
        "first-contacts",
        "First contacts",
        "No pair is new.",
        [
          { name: "originator", quantity: "code" },
          { name: "responder", quantity: "code" },
          { name: "first", quantity: "time" },
          { name: "connections", quantity: "count" },
          { name: "bytes", quantity: "bytes" },
        ],
        firstContacts.map((row) => [row.originator, row.responder, row.first, row.connections, row.bytes]),
        unusual.firstContactCount,
      ),
    );
  }
  return { id: "unusual", title: "Rare, long, misplaced, new", parts };
}

function table(
  id: string,
  title: string,
  none: string,
  columns: ReportTable["columns"],
  rows: readonly (readonly Cell[])[],
  of = rows.length,
): ReportPart[] {
  if (rows.length === 0) return [{ kind: "text", text: none }];
  return [{ kind: "table", table: { id, title, columns, rows, of } }];
}

function rareColumns(name: string): ReportTable["columns"] {
  return [
    { name, quantity: "code" },
    { name: "connections", quantity: "count" },
    { name: "originators", quantity: "count" },
    { name: "the first: ts", quantity: "time" },
    { name: "id.orig_h", quantity: "code" },
    { name: "id.resp_h", quantity: "code" },
    { name: "id.resp_p", quantity: "port" },
    { name: "service", quantity: "code" },
    { name: "conn_state", quantity: "code" },
    { name: "orig_bytes", quantity: "bytes" },
    { name: "resp_bytes", quantity: "bytes" },
  ];
}

function rareCells({ name, connections, originators, example }: RareRow): Cell[] {
  const { ts, originator, responder, responderPort, service, state, sentBytes, receivedBytes } = example;
  return [
    name,
    connections,
    originators,
    ts,
    originator,
    responder,
    responderPort,
    service,
    state,
    sentBytes,
    receivedBytes,
  ];
}
