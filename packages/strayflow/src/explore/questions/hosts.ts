import type { Filter } from "../../store/index.ts";
import type { Hosts, HostRow, Role } from "../result.ts";
import { roleOf, roleRule, roles } from "../roles.ts";
import { answered, failedStates, MOST_EXACT, type Asking } from "./context.ts";

/** Hosts of each side that are looked at; roles of networks with more are those of the busiest. */
const MOST_HOSTS = 200_000;
const SHOWN = 50;
const LINKS = 120;

/** Every host that can be held, with what it did and what was done to it; the busiest first. */
export async function askHostRows(asking: Asking, where?: Filter): Promise<HostRow[]> {
  const { store, columns, connections, signal } = asking;
  const approximate = connections > MOST_EXACT;
  const local = columns.has("local_orig") && columns.has("local_resp");
  const common = {
    sent: { kind: "sum", column: "orig_bytes" },
    received: { kind: "sum", column: "resp_bytes" },
    first: { kind: "min", column: "ts" },
    last: { kind: "max", column: "ts" },
  } as const;
  const order = [{ by: "connections", descending: true }] as const;
  const isAnswered = answered(columns);
  const [opening, getting] = await Promise.all([
    store.aggregate(
      {
        by: { host: { kind: "host", side: "orig" } },
        measures: {
          ...common,
          connections: { kind: "count" },
          failed: { kind: "count", where: { state: [...failedStates] } },
          peers: { kind: "distinct", of: { kind: "host", side: "resp" }, approximate },
          targets: {
            kind: "distinct",
            of: [
              { kind: "host", side: "resp" },
              { kind: "column", column: "id.resp_p" },
              { kind: "column", column: "proto" },
            ],
            approximate,
          },
          ports: {
            kind: "distinct",
            of: [
              { kind: "column", column: "id.resp_p" },
              { kind: "column", column: "proto" },
            ],
            approximate,
          },
          inside: { kind: "count", where: { direction: ["outbound", "internal"] } },
          outside: { kind: "count", where: { direction: ["inbound", "external"] } },
        },
        where,
        order,
        limit: MOST_HOSTS,
      },
      { signal },
    ),
    store.aggregate(
      {
        by: { host: { kind: "host", side: "resp" } },
        measures: {
          ...common,
          connections: { kind: "count" },
          answered: { kind: "count", where: isAnswered },
          callers: { kind: "distinct", of: { kind: "host", side: "orig" }, approximate, where: isAnswered },
          ports: {
            kind: "distinct",
            of: [
              { kind: "column", column: "id.resp_p" },
              { kind: "column", column: "proto" },
            ],
            approximate,
            where: isAnswered,
          },
          inside: { kind: "count", where: { direction: ["inbound", "internal"] } },
          outside: { kind: "count", where: { direction: ["outbound", "external"] } },
        },
        where,
        order,
        limit: MOST_HOSTS,
      },
      { signal },
    ),
  ]);
  const place = new Map<string, number>();
  getting.keys.host.forEach((host, group) => place.set(host, group));
  const rows: HostRow[] = [];
  const add = (host: string, o: number | undefined, r: number | undefined) => {
    const from = (name: keyof typeof opening.values) => (o === undefined ? 0 : opening.values[name][o]! || 0);
    const to = (name: keyof typeof getting.values) => (r === undefined ? 0 : getting.values[name][r]! || 0);
    const inside = from("inside") + to("inside");
    const outside = from("outside") + to("outside");
    const row: Omit<HostRow, "role"> = {
      host,
      opened: from("connections"),
      failed: from("failed"),
      peers: from("peers"),
      targets: from("targets"),
      ports: from("ports"),
      sentBytes: from("sent") + to("received"),
      receivedBytes: from("received") + to("sent"),
      got: to("connections"),
      answered: to("answered"),
      callers: to("callers"),
      answeredPorts: to("ports"),
      firstSeen: Math.min(
        o === undefined ? Infinity : from("first"),
        r === undefined ? Infinity : to("first"),
      ),
      lastSeen: Math.max(
        o === undefined ? -Infinity : from("last"),
        r === undefined ? -Infinity : to("last"),
      ),
      isLocal: local && inside + outside > 0 ? inside >= outside : null,
    };
    rows.push({ ...row, role: roleOf(row) });
  };
  opening.keys.host.forEach((host, group) => {
    add(host, group, place.get(host));
    place.delete(host);
  });
  for (const [host, group] of place) add(host, undefined, group);
  return rows.sort((a, b) => busy(b) - busy(a) || (a.host < b.host ? -1 : 1));
}

function busy({ opened, got }: HostRow): number {
  return opened + got;
}

/** Hosts by role and fan-out, and who talks to whom. */
export async function askHosts(asking: Asking, rows: readonly HostRow[], count: number): Promise<Hosts> {
  const { store, signal } = asking;
  const pairs = await store.aggregate(
    {
      by: { pair: { kind: "pair", ordered: true } },
      measures: {
        connections: { kind: "count" },
        sent: { kind: "sum", column: "orig_bytes" },
        received: { kind: "sum", column: "resp_bytes" },
      },
      order: [{ by: "connections", descending: true }],
      limit: LINKS,
    },
    { signal },
  );
  const byRole = new Map<Role, number>(roles.map((role) => [role, 0]));
  for (const { role } of rows) byRole.set(role, byRole.get(role)! + 1);
  return {
    rule: rows.length < count ? `${roleRule} Of the ${rows.length} busiest hosts.` : roleRule,
    count,
    byRole: [...byRole].map(([role, hosts]) => ({ role, hosts })),
    top: rows.slice(0, SHOWN),
    fanOut: rows
      .toSorted((a, b) => b.peers - a.peers)
      .slice(0, SHOWN)
      .filter(({ peers }) => peers > 0),
    pairs: Array.from({ length: pairs.rows }, (_, group) => {
      const [originator = "", responder = ""] = pairs.keys.pair[group]!.split(" ");
      return {
        originator,
        responder,
        connections: pairs.values.connections[group]!,
        sentBytes: pairs.values.sent[group]! || 0,
        receivedBytes: pairs.values.received[group]! || 0,
      };
    }),
  };
}
