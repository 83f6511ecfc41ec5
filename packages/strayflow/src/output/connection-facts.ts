import type { ShownConnection } from "../pipeline/shown-connection.ts";
import type { Cell, CellQuantity, Fact } from "../report/document.ts";
import { escapeText } from "./escape.ts";

/** A connection as names and values. */
export function connectionFacts(connection: ShownConnection): Fact[] {
  return connectionColumns.map(({ name, quantity, cell }) => ({ name, quantity, value: cell(connection) }));
}

interface ConnectionColumn {
  readonly name: string;
  readonly quantity: CellQuantity;
  readonly cell: (connection: ShownConnection) => Cell;
}

/** How reports show connections, in tables and one by one. Text from the log comes escaped, unset values are null. */
export const connectionColumns: readonly ConnectionColumn[] = [
  { name: "start", quantity: "time", cell: ({ ts }) => numberCell(ts) },
  { name: "from", quantity: "code", cell: ({ originator }) => textCell(originator) },
  { name: "to", quantity: "code", cell: ({ responder }) => textCell(responder) },
  {
    name: "port",
    quantity: "port",
    cell: (connection) => (isIcmp(connection) ? null : connection.responderPort),
  },
  { name: "proto", quantity: "code", cell: ({ proto }) => textCell(proto) },
  { name: "service", quantity: "code", cell: ({ service }) => textCell(service) },
  { name: "state", quantity: "code", cell: ({ state }) => textCell(state) },
  { name: "duration", quantity: "seconds", cell: ({ duration }) => numberCell(duration) },
  { name: "sent", quantity: "bytes", cell: ({ sentBytes }) => numberCell(sentBytes) },
  { name: "received", quantity: "bytes", cell: ({ receivedBytes }) => numberCell(receivedBytes) },
  { name: "uid", quantity: "code", cell: ({ uid }) => textCell(uid) },
];

/** ICMP has no ports: Zeek writes the message's code in their place. */
function isIcmp({ proto }: ShownConnection): boolean {
  return proto.startsWith("icmp");
}

/** Text from a log, escaped; unset where it is empty. */
function textCell(value: string): Cell {
  return value === "" ? null : escapeText(value);
}

/** A number as JSON holds it: without NaN, infinity and -0. */
export function numberCell(value: number): number | null {
  return Number.isFinite(value) ? value + 0 : null;
}
