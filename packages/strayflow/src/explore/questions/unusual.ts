import type { Filter, StoredConnection } from "../../store/index.ts";
import type { ConnectionRow, FirstContact, MisplacedRow, RareRow, Unusual } from "../result.ts";
import { homePorts, isMisplaced } from "../service-ports.ts";
import { answered, type Asking } from "./context.ts";

const SHOWN = 50;
const EXAMPLES = 20;
/** Of more new pairs than this, the latest are looked at. */
const MOST_NEW = 5000;
/** A port or service is rare up to so many connections, or so small a share of all. */
const rare = { connections: 3, share: 0.0001 } as const;
const HOUR = 3600;

export const rareRule = `Rare is what at most ${rare.connections} connections, or ${rare.share * 100} % of all, have; of ports, those that answered.`;

/** Connections that stand alone: the longest, the rarest, the misplaced, the first of their kind. */
export async function askUnusual(asking: Asking): Promise<Unusual> {
  const [longest, rarePorts, rareServices, misplaced, contacts] = await Promise.all([
    askLongest(asking),
    askRarePorts(asking),
    askRareServices(asking),
    askMisplaced(asking),
    askFirstContacts(asking),
  ]);
  return { longest, rarePorts, rareServices, misplaced, ...contacts };
}

async function askLongest({ store, signal }: Asking): Promise<ConnectionRow[]> {
  const { rows } = await store.rows(
    { where: { set: ["duration"] }, order: { by: "duration", descending: true }, limit: SHOWN },
    { signal },
  );
  return rows.filter(({ duration }) => duration! > 0).map(connectionRow);
}

function isRare(connections: number, all: number): boolean {
  return connections <= Math.max(rare.connections, rare.share * all);
}

async function askRarePorts(asking: Asking): Promise<RareRow[]> {
  const { store, columns, connections, signal } = asking;
  const where: Filter = { ...answered(columns), not: { proto: ["icmp", "icmp6"] } };
  const found = await store.aggregate(
    {
      by: { port: { kind: "column", column: "id.resp_p" }, proto: { kind: "column", column: "proto" } },
      measures: {
        rows: { kind: "count" },
        originators: { kind: "distinct", of: { kind: "host", side: "orig" } },
        bytes: { kind: "sum", column: "total_bytes" },
      },
      where,
      order: [{ by: "rows" }, { by: "bytes", descending: true }],
      limit: EXAMPLES,
    },
    { signal },
  );
  const groups = Array.from({ length: found.rows }, (_, group) => group);
  return await Promise.all(
    groups
      .filter((group) => isRare(found.values.rows[group]!, connections))
      .map(async (group) => {
        const [port, proto] = [found.keys.port[group]!, found.keys.proto[group] ?? null];
        const example = await first(asking, { ...where, not: {}, respPort: [port], proto: [proto] });
        return {
          name: `${port}/${proto}`,
          connections: found.values.rows[group]!,
          originators: found.values.originators[group]!,
          example: example!,
        };
      }),
  );
}

async function askRareServices(asking: Asking): Promise<RareRow[]> {
  const { store, columns, connections, signal } = asking;
  if (!columns.has("service")) return [];
  const found = await store.aggregate(
    {
      by: { service: { kind: "column", column: "service" } },
      measures: {
        rows: { kind: "count" },
        originators: { kind: "distinct", of: { kind: "host", side: "orig" } },
      },
      where: { set: ["service"] },
      order: [{ by: "rows" }],
      limit: EXAMPLES,
    },
    { signal },
  );
  const groups = Array.from({ length: found.rows }, (_, group) => group);
  return await Promise.all(
    groups
      .filter((group) => isRare(found.values.rows[group]!, connections))
      .map(async (group) => {
        const service = found.keys.service[group]!;
        return {
          name: service,
          connections: found.values.rows[group]!,
          originators: found.values.originators[group]!,
          example: (await first(asking, { service: [service] }))!,
        };
      }),
  );
}

async function askMisplaced(asking: Asking): Promise<MisplacedRow[]> {
  const { store, columns, signal } = asking;
  if (!columns.has("service")) return [];
  const found = await store.aggregate(
    {
      by: {
        service: { kind: "column", column: "service" },
        port: { kind: "column", column: "id.resp_p" },
        proto: { kind: "column", column: "proto" },
      },
      measures: {
        rows: { kind: "count" },
        originators: { kind: "distinct", of: { kind: "host", side: "orig" } },
        responders: { kind: "distinct", of: { kind: "host", side: "resp" } },
        bytes: { kind: "sum", column: "total_bytes" },
      },
      where: { set: ["service"] },
      order: [{ by: "rows", descending: true }],
      limit: 20_000,
    },
    { signal },
  );
  const totals = new Map<string, number>();
  for (let group = 0; group < found.rows; group++) {
    const service = found.keys.service[group]!;
    totals.set(service, (totals.get(service) ?? 0) + found.values.rows[group]!);
  }
  const rows: Omit<MisplacedRow, "example">[] = [];
  for (let group = 0; group < found.rows; group++) {
    const service = found.keys.service[group]!;
    const [port, proto] = [found.keys.port[group]!, found.keys.proto[group] ?? ""];
    const connections = found.values.rows[group]!;
    const originators = found.values.originators[group]!;
    const share = connections / totals.get(service)!;
    if (!isMisplaced(service, port, proto, { connections, originators, share })) continue;
    rows.push({
      service,
      port,
      proto,
      connections,
      originators,
      responders: found.values.responders[group]!,
      bytes: found.values.bytes[group]! || 0,
      share,
      usualPorts: homePorts(service),
    });
  }
  return await Promise.all(
    rows.slice(0, 200).map(async (row, index) => ({
      ...row,
      example:
        index < EXAMPLES
          ? await first(asking, { service: [row.service], respPort: [row.port], proto: [row.proto] })
          : null,
    })),
  );
}

/** New is what came in the last quarter of the log, at most its last day; nothing is new in less than four hours. */
async function askFirstContacts(
  asking: Asking,
): Promise<Pick<Unusual, "newSince" | "firstContacts" | "firstContactCount" | "firstContactsLookedAt">> {
  const { store, span, columns, signal } = asking;
  const length = span.to - span.from;
  if (length < 4 * HOUR) {
    return { newSince: null, firstContacts: [], firstContactCount: 0, firstContactsLookedAt: 0 };
  }
  const newSince = span.to - Math.min(24 * HOUR, length / 4);
  const knowsLocal = columns.has("local_orig") && columns.has("local_resp");
  const local: Filter = knowsLocal ? { direction: ["outbound", "internal"] } : {};
  const isLocal = knowsLocal && (await store.count(local, { signal })) > 0;
  const where = { ...answered(columns), ...(isLocal ? local : {}) };
  const pair = { kind: "pair", ordered: true } as const;
  const asked = store.aggregate(
    {
      by: { pair },
      measures: {
        first: { kind: "min", column: "ts" },
        connections: { kind: "count" },
        bytes: { kind: "sum", column: "total_bytes" },
      },
      where,
      order: [{ by: "first", descending: true }],
      limit: MOST_NEW,
    },
    { signal },
  );
  const counted = store.aggregate(
    {
      by: {},
      measures: {
        all: { kind: "distinct", of: pair },
        before: { kind: "distinct", of: pair, where: { to: newSince } },
      },
      where,
    },
    { signal },
  );
  const [found, { values }] = await Promise.all([asked, counted]);
  const contacts = Array.from({ length: found.rows }, (_, group): FirstContact => {
    const [originator = "", responder = ""] = found.keys.pair[group]!.split(" ");
    return {
      originator,
      responder,
      first: found.values.first[group]!,
      connections: found.values.connections[group]!,
      bytes: found.values.bytes[group]! || 0,
    };
  });
  const fresh = contacts.filter(({ first: since }) => since >= newSince);
  const firstContacts = fresh.toSorted((a, b) => b.bytes - a.bytes).slice(0, SHOWN);
  const firstContactCount = values.all[0]! - values.before[0]!;
  return { newSince, firstContacts, firstContactCount, firstContactsLookedAt: fresh.length };
}

async function first({ store, signal }: Asking, where: Filter): Promise<ConnectionRow | null> {
  const { rows } = await store.rows({ where, limit: 1 }, { signal });
  return rows[0] === undefined ? null : connectionRow(rows[0]);
}

/** A stored connection as the report has it. */
function connectionRow(row: StoredConnection): ConnectionRow {
  return {
    ts: row.ts,
    uid: row.uid,
    originator: row["id.orig_h"],
    originatorPort: row["id.orig_p"],
    responder: row["id.resp_h"],
    responderPort: row["id.resp_p"],
    proto: row.proto ?? "",
    service: row.service,
    state: row.conn_state,
    duration: row.duration,
    sentBytes: row.orig_bytes,
    receivedBytes: row.resp_bytes,
    history: row.history,
  };
}
