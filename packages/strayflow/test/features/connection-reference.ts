import type { SomeConnection } from "./make-batch.ts";

/** The connection preset, computed row by row from the definitions, slowly and without the product's own code. */
export interface Reference {
  valuesOf(row: SomeConnection): Record<string, number>;
}

const letters = { syn: "s", synack: "h", ack: "a", data: "d", fin: "f", rst: "r", checksum: "c", gap: "g" };
const moreLetters = { retransmit: "t", zero_window: "w" };
const icmpGroups4 = {
  echo: [0, 8],
  unreachable: [3],
  time_exceeded: [11],
  redirect: [5],
  discovery: [9, 10],
};
const icmpGroups6 = {
  echo: [128, 129],
  unreachable: [1],
  time_exceeded: [3],
  redirect: [137],
  discovery: [130, 131, 132, 133, 134, 135, 136, 143],
};
const stateGroups: Record<string, readonly string[]> = {
  no_reply: ["S0"],
  rejected: ["REJ"],
  normal: ["SF"],
  open: ["S1"],
  half_closed: ["S2", "S3"],
  reset_by_originator: ["RSTO"],
  reset_by_responder: ["RSTR"],
  reset_unopened: ["RSTOS0", "RSTRH"],
  closed_unopened: ["SH", "SHR"],
  midstream: ["OTH"],
};
const rarest = Math.log(1e5);

export function connectionReference(training: readonly SomeConnection[]): Reference {
  const histories = training.map(historyOf);
  const sets = training.map(setOf);
  const withPort = training.filter((row) => transportOf(row) !== "icmp");
  const columns = frequent(
    training.flatMap((row) => [...new Set(servicesOf(row))].filter((name) => !negated(name))),
  );
  const setShare = (set: string) => (count(sets, set) + 1) / (sets.length + new Set(sets).size + 1);
  const dates = training
    .map((row) => Math.floor((row.ts ?? 0) / 86_400))
    .map((day) => (day > 0 && day < 2 ** 31 - 1 ? day : 0));
  const days = [...new Set(dates)].filter(
    (day) => dates.filter((other) => other === day).length * 1000 >= dates.length,
  );

  return {
    valuesOf(row) {
      const values: Record<string, number> = {};
      const set = (id: string, value: number | boolean) => (values[id] = Number(value));
      const [ob, rb, op, rp] = [row.orig_bytes, row.resp_bytes, row.orig_pkts, row.resp_pkts].map(usable);
      const oip = usable(row.orig_ip_bytes);
      const rip = usable(row.resp_ip_bytes);
      const d = usable(row.duration);

      set("sent_bytes", log(ob));
      set("received_bytes", log(rb));
      set("sent_packets", log(op));
      set("received_packets", log(rp));
      set("duration", log(Math.min(d ?? 0, 1e12) * 1000));
      set("duration_missing", d === undefined);
      set("sent_bytes_missing", ob === undefined);
      set("received_bytes_missing", rb === undefined);
      set("packets_missing", op === undefined || rp === undefined);

      set("bytes_balance", balanceOf(ob ?? 0, rb ?? 0));
      set("packets_balance", balanceOf(op ?? 0, rp ?? 0));
      set("sent_bytes_per_packet", log((ob ?? 0) / Math.max(op ?? 0, 1)));
      set("received_bytes_per_packet", log((rb ?? 0) / Math.max(rp ?? 0, 1)));
      set("sent_header_share", Math.max(0, ((oip ?? 0) - (ob ?? 0)) / Math.max(oip ?? 0, 1)));
      set("received_header_share", Math.max(0, ((rip ?? 0) - (rb ?? 0)) / Math.max(rip ?? 0, 1)));
      const rate = (amount: number) =>
        d === undefined ? 0 : Math.log1p(Math.min(1e18, amount / Math.max(d, 1e-3)));
      set("byte_rate", rate((ob ?? 0) + (rb ?? 0)));
      set("packet_rate", rate((op ?? 0) + (rp ?? 0)));

      const transport = transportOf(row);
      for (const name of ["tcp", "udp", "icmp", "other"]) set(`proto_${name}`, transport === name);

      const state = row.conn_state ?? "";
      for (const [group, states] of Object.entries(stateGroups))
        set(`state_${group}`, states.includes(state));
      set("state_missing", state === "");
      set("state_other", state !== "" && !Object.values(stateGroups).flat().includes(state));

      const history = historyOf(row);
      for (const [id, letter] of Object.entries({ ...letters, ...moreLetters })) {
        set(`history_orig_${id}`, Math.min(8, history.split(letter.toUpperCase()).length - 1));
        set(`history_resp_${id}`, Math.min(8, history.split(letter).length - 1));
      }
      set("history_odd", Math.min(8, history.replace(/[shadfrcgtw^]/gi, "").length));
      set("history_length", log(history.length));
      set("history_missing", history === "");
      set("history_rarity", rarity(histories, history));

      const services = servicesOf(row);
      for (const name of columns) set(`service_${name.replace(/[^a-z0-9]+/g, "_")}`, services.includes(name));
      set(
        "service_is_other",
        services.some((name) => !negated(name) && !columns.includes(name)),
      );
      set("service_is_negated", services.some(negated));
      set("service_is_missing", services.length === 0);
      const port = row["id.resp_p"] ?? 0;
      const samePlace = withPort.filter(
        (other) => transportOf(other) === transport && (other["id.resp_p"] ?? 0) === port,
      );
      const prior = sets.includes(setOf(row))
        ? setShare(setOf(row))
        : 1 / (sets.length + new Set(sets).size + 1);
      const seen = samePlace.filter((other) => setOf(other) === setOf(row)).length;
      const unexpected = Math.min(rarest, -Math.log((seen + prior) / (samePlace.length + 1)));
      set("service_rarity", transport === "icmp" ? 0 : unexpected);

      const source = row["id.orig_p"] ?? 0;
      const ported = transport !== "icmp";
      set("port_system", ported && port <= 1023);
      set("port_registered", ported && port >= 1024 && port <= 49_151);
      set("port_dynamic", ported && port >= 49_152);
      set("port_source_system", ported && source <= 1023);
      set("port_same", ported && source === port);
      const ports = training
        .filter((other) => transportOf(other) === transport)
        .map((other) => String(other["id.resp_p"] ?? 0));
      set("port_rarity", ported ? rarity(ports, String(port)) : 0);

      const groups: Record<string, readonly number[]> = isIpv6(row["id.orig_h"]) ? icmpGroups6 : icmpGroups4;
      const icmp = transport === "icmp";
      for (const [group, types] of Object.entries(groups))
        set(`icmp_${group}`, icmp && types.includes(source));
      set("icmp_other", icmp && !Object.values(groups).flat().includes(source));
      const kinds = training
        .filter(
          (other) => transportOf(other) === "icmp" && isIpv6(other["id.orig_h"]) === isIpv6(row["id.orig_h"]),
        )
        .map(kindOf);
      set("icmp_rarity", icmp ? rarity(kinds, kindOf(row)) : 0);

      const from = classOf(row["id.orig_h"]);
      const to = classOf(row["id.resp_h"]);
      const group = to === "multicast" || to === "broadcast";
      const local = row.local_orig ?? from !== "public";
      const localTarget = row.local_resp ?? to !== "public";
      set("direction_internal", !group && local && localTarget);
      set("direction_outbound", !group && local && !localTarget);
      set("direction_inbound", !group && !local && localTarget);
      set("direction_external", !group && !local && !localTarget);
      set("direction_group", group);
      for (const name of ["private", "public", "link_local"]) set(`orig_${name}`, from === name);
      set("orig_special", ["multicast", "broadcast", "loopback", "special"].includes(from));
      for (const name of ["private", "public", "link_local", "multicast", "broadcast"])
        set(`resp_${name}`, to === name);
      set("resp_special", ["loopback", "special"].includes(to));
      set("ipv6", isIpv6(row["id.orig_h"]));

      const start = new Date(0);
      start.setTime(Math.floor((row.ts ?? 0) / 60) * 60_000);
      const known = !Number.isNaN(start.getTime());
      const hour = known ? (start.getUTCHours() + start.getUTCMinutes() / 60) / 24 : 0;
      const weekday = known ? ((start.getUTCDay() + 6) % 7) / 7 : 0;
      set("hour_sin", days.length >= 3 ? Math.sin(2 * Math.PI * hour) : 0);
      set("hour_cos", days.length >= 3 ? Math.cos(2 * Math.PI * hour) : 0);
      set("weekday_sin", days.length >= 14 ? Math.sin(2 * Math.PI * weekday) : 0);
      set("weekday_cos", days.length >= 14 ? Math.cos(2 * Math.PI * weekday) : 0);

      const missed = usable(row.missed_bytes) ?? 0;
      const all = missed + (ob ?? 0) + (rb ?? 0);
      set("missed_share", missed === 0 ? 0 : all === Infinity ? 1 : missed / all);
      set("flipped", (row.history ?? "").includes("^"));
      return values;
    },
  };
}

/** Laplace's rule, one class for all that is unseen. */
function rarity(seen: readonly string[], value: string): number {
  return Math.min(rarest, Math.log((seen.length + new Set(seen).size + 1) / (count(seen, value) + 1)));
}

function log(value = 0): number {
  return Math.log1p(value);
}

function usable(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && Number.isFinite(value) ? value : undefined;
}

function balanceOf(sent: number, received: number): number {
  if (sent + received === 0 || sent + received === Infinity) return 0;
  return (sent - received) / (sent + received);
}

function transportOf(row: SomeConnection): string {
  return ["tcp", "udp", "icmp"].find((name) => name === row.proto) ?? "other";
}

function historyOf(row: SomeConnection): string {
  return row.history ?? "";
}

function servicesOf(row: SomeConnection): string[] {
  return (row.service ?? "")
    .toLowerCase()
    .split(",")
    .filter((name) => name !== "");
}

function negated(name: string): boolean {
  return /^-./.test(name);
}

function setOf(row: SomeConnection): string {
  return [...new Set(servicesOf(row))].sort().join(",");
}

/** Seen five times or more, the 24 most frequent first. */
function frequent(names: readonly string[]): string[] {
  return [...new Set(names)]
    .filter((name) => count(names, name) >= 5)
    .sort((a, b) => count(names, b) - count(names, a) || (a < b ? -1 : 1))
    .slice(0, 24);
}

function count(values: readonly string[], value: string): number {
  return values.filter((other) => other === value).length;
}

function kindOf(row: SomeConnection): string {
  return `${(row["id.orig_p"] ?? 0) % 256} ${(row["id.resp_p"] ?? 0) % 256}`;
}

function isIpv6(address = "10.0.0.1"): boolean {
  return address.includes(":");
}

/** For the spellings that the tests use. */
function classOf(address = "10.0.0.1"): string {
  const table: readonly (readonly [RegExp, string])[] = [
    [/^255\.255\.255\.255$/, "broadcast"],
    [/^(22[4-9]|23\d)\./, "multicast"],
    [/^(24\d|25\d|0)\./, "special"],
    [/^(10|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[789]\d|1[01]\d|12[0-7]))\./, "private"],
    [/^127\./, "loopback"],
    [/^169\.254\./, "link_local"],
    [/^ff/, "multicast"],
    [/^fe[89ab]/, "link_local"],
    [/^f[cd]/, "private"],
    [/^::1$/, "loopback"],
    [/^::$/, "special"],
  ];
  return table.find(([pattern]) => pattern.test(address))?.[1] ?? "public";
}
