import { formatCount } from "../../base/units.ts";
import type { ChartSpec, GraphSpec } from "../../charts/spec.ts";
import type { ReportPart, ReportSection, ReportTable } from "../../report/document.ts";
import { HALF_HOUR } from "../day-bins.ts";
import { roles } from "../roles.ts";
import type { ExploreResult, HostProfile, HostRow } from "../result.ts";
import { topChart } from "./tops-section.ts";

const MOST_NODES = 60;

/** Who is here, what they are, and who talks to whom. */
export function hostsSection(result: ExploreResult): ReportSection {
  const { hosts } = result;
  return {
    id: "hosts",
    title: "Hosts",
    parts: [
      { kind: "text", text: hosts.rule },
      {
        kind: "chart",
        chart: {
          kind: "bars",
          id: "roles",
          title: "What are the hosts?",
          quantity: "count",
          axis: "hosts",
          names: hosts.byRole.map(({ role }) => role),
          series: [{ name: "hosts", values: hosts.byRole.map(({ hosts: count }) => count) }],
        },
      },
      { kind: "chart", chart: fanOut(result) },
      { kind: "chart", chart: graph(result) },
      { kind: "table", table: hostTable("hosts-by-connections", "Busiest hosts", hosts.top, hosts.count) },
      {
        kind: "table",
        table: hostTable("hosts-by-fan-out", "Hosts that contact most others", hosts.fanOut, hosts.count),
      },
    ],
  };
}

/** One host at a time, to choose from. */
export function profilesSection({ profiles, zone }: ExploreResult): ReportSection {
  return {
    id: "profiles",
    title: "One host",
    parts: [
      {
        kind: "choice",
        label: "Host",
        choices: profiles.map((profile, index) => ({
          id: `host-${index + 1}`,
          name: profile.host.host,
          note: profile.host.role,
          parts: profileParts(profile, `host-${index + 1}`, zone),
        })),
      },
    ],
  };
}

function fanOut({ hosts }: ExploreResult): ChartSpec {
  const shown = new Map([...hosts.top, ...hosts.fanOut].map((row) => [row.host, row]));
  return {
    kind: "points",
    id: "fan-out",
    title: "Who calls many, who is called by many?",
    note: "One point a host, of the busiest and those that contact most others. Logarithmic axes; 0 is drawn at the edge.",
    across: { label: "hosts that it contacted", quantity: "count", log: true },
    up: { label: "hosts that it answered", quantity: "count", log: true },
    points: [...shown.values()].toSorted(byRole).map(({ host, peers, callers, role }) => ({
      name: host,
      x: peers,
      y: callers,
      group: role,
    })),
  };
}

/** In one order everywhere, so that a role has the same colour in each chart. */
function byRole(a: HostRow, b: HostRow): number {
  return roles.indexOf(a.role) - roles.indexOf(b.role);
}

function graph({ hosts, shape }: ExploreResult): GraphSpec {
  const roleOf = new Map([...hosts.top, ...hosts.fanOut].map(({ host, role }) => [host, role]));
  const nodes = new Map<string, { name: string; group: string; amount: number }>();
  const links: { from: number; to: number; amount: number }[] = [];
  const indexOf = (name: string) => [...nodes.keys()].indexOf(name);
  for (const { originator, responder, connections } of hosts.pairs) {
    const fresh = [...new Set([originator, responder])].filter((name) => !nodes.has(name));
    if (nodes.size + fresh.length > MOST_NODES) continue;
    for (const name of fresh) nodes.set(name, { name, group: roleOf.get(name) ?? "other", amount: 0 });
    for (const name of new Set([originator, responder])) nodes.get(name)!.amount += connections;
    if (originator !== responder)
      links.push({ from: indexOf(originator), to: indexOf(responder), amount: connections });
  }
  return {
    kind: "graph",
    id: "who-talks-to-whom",
    title: "Who talks to whom?",
    note: `The pairs with most connections. ${formatCount(links.length)} links between ${formatCount(nodes.size)} of ${formatCount(hosts.count)} hosts.`,
    nodes: [...nodes.values()],
    links,
    quantity: "count",
    left: { nodes: hosts.count - nodes.size, links: Math.max(0, shape.pairs - links.length) },
  };
}

function hostTable(id: string, title: string, rows: readonly HostRow[], of: number): ReportTable {
  return {
    id,
    title,
    of,
    columns: [
      { name: "host", quantity: "code" },
      { name: "role", quantity: "text" },
      { name: "local", quantity: "text", help: "As local_orig and local_resp say." },
      { name: "opened", quantity: "count", help: "Connections that it began." },
      { name: "in vain", quantity: "count", help: "Of these, S0, SH, REJ, RSTOS0, RSTRH." },
      { name: "hosts contacted", quantity: "count" },
      { name: "ports contacted", quantity: "count" },
      { name: "got", quantity: "count", help: "Connections that others began." },
      { name: "answered", quantity: "count" },
      { name: "hosts answered", quantity: "count" },
      { name: "ports answered", quantity: "count" },
      { name: "sent", quantity: "bytes" },
      { name: "received", quantity: "bytes" },
      { name: "first seen", quantity: "time" },
      { name: "last seen", quantity: "time" },
    ],
    rows: rows.map((row) => [
      row.host,
      row.role,
      row.isLocal === null ? null : row.isLocal ? "yes" : "no",
      row.opened,
      row.failed,
      row.peers,
      row.ports,
      row.got,
      row.answered,
      row.callers,
      row.answeredPorts,
      row.sentBytes,
      row.receivedBytes,
      row.firstSeen,
      row.lastSeen,
    ]),
  };
}

const profileTitles: Readonly<Record<string, string>> = {
  contacts: "Whom does it contact?",
  "ports-used": "Which ports does it contact?",
  "services-used": "Which services does it use?",
  states: "How do its connections end?",
  callers: "Who contacts it?",
  "ports-answered": "On which ports does it answer?",
};

function profileParts(
  { host, bin, start, opened, got, days, usual, tops }: HostProfile,
  id: string,
  zone: string,
): ReportPart[] {
  return [
    {
      kind: "facts",
      facts: [
        { name: "host", value: host.host, quantity: "code" },
        { name: "role", value: host.role },
        {
          name: "opened",
          value: host.opened,
          quantity: "count",
          note: `${formatCount(host.failed)} in vain`,
        },
        { name: "got", value: host.got, quantity: "count", note: `${formatCount(host.answered)} answered` },
        { name: "hosts contacted", value: host.peers, quantity: "count" },
        { name: "ports contacted", value: host.ports, quantity: "count" },
        { name: "hosts answered", value: host.callers, quantity: "count" },
        { name: "sent", value: host.sentBytes, quantity: "bytes" },
        { name: "received", value: host.receivedBytes, quantity: "bytes" },
        { name: "first seen", value: host.firstSeen, quantity: "time" },
        { name: "last seen", value: host.lastSeen, quantity: "time" },
      ],
    },
    {
      kind: "chart",
      chart: {
        kind: "timeline",
        id: `${id}-over-time`,
        title: "When is it active?",
        quantity: "count",
        axis: "connections",
        zone,
        start,
        bin,
        series: [
          { name: "opened", values: opened },
          { name: "got", values: got },
        ],
        form: "line",
      },
    },
    {
      kind: "chart",
      chart: {
        kind: "days",
        id: `${id}-days`,
        title: "How alike are its days?",
        note: "Connections at either end in 30-minute bins from local midnight.",
        quantity: "count",
        axis: "connections in 30 min",
        zone,
        bin: HALF_HOUR,
        days: days.map(({ date, connections }) => ({ date, values: connections })),
        ...(usual === null ? {} : { usual }),
      },
    },
    {
      kind: "charts",
      charts: tops
        .filter(({ rows }) => rows.length > 0)
        .map((top) => topChart(top, `${id}-${top.dimension}`, profileTitles[top.dimension]!)),
    },
  ];
}
